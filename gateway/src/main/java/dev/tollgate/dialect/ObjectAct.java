package dev.tollgate.dialect;

import dev.tollgate.domain.ObjectKind;

/** What an endpoint does with things that providers keep. */
public record ObjectAct(ObjectKind kind, Verb verb) {
  /** The place in a path that holds the id of one. */
  public static final String ID = "id";

  public enum Verb {
    /** One comes to be. */
    CREATE,
    /** Those of an account, page by page. */
    LIST,
    /** The answer is the object itself, as far as it has come. */
    POLL,
    /** Something of the object: its content, its events. */
    READ,
    DELETE
  }
}
