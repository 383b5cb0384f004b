package dev.tollgate.domain;

import java.util.Optional;
import java.util.stream.Stream;

/** What a provider keeps for whoever made it, and hands out by an id. */
public enum ObjectKind {
  FILE,
  BATCH,
  FINE_TUNING_JOB,
  RESPONSE,
  /** Of a trusted backend, which says what it has come to: no provider of ours has it. */
  RUN;

  /** As the ledger and its events have it: {@code fine_tuning_job}. */
  public String key() {
    return Spelling.of(this);
  }

  /** For people: {@code fine-tuning job}. */
  public String label() {
    return this == FINE_TUNING_JOB ? "fine-tuning job" : key();
  }

  public static Optional<ObjectKind> named(String key) {
    return Stream.of(values()).filter(kind -> kind.key().equals(key)).findFirst();
  }
}
