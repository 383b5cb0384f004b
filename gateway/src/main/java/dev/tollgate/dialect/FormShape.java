package dev.tollgate.dialect;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which fields of a form name what matters: all that an endpoint has to say of the forms it takes.
 * Immutable.
 */
final class FormShape {
  enum Role {
    MODEL(true),
    STREAM(true),
    ANSWERS(true),
    TEXT(false),
    AUDIO(false),
    FOREIGN(false);

    private final boolean isSingle;

    Role(boolean isSingle) {
      this.isSingle = isSingle;
    }

    /**
     * Whether it decides about money. If such a field came twice, a provider might read another one
     * of the two than we do.
     */
    boolean isSingle() {
      return isSingle;
    }
  }

  private final Map<String, Role> roles;

  private FormShape(Map<String, Role> roles) {
    this.roles = Map.copyOf(roles);
  }

  static Builder builder() {
    return new Builder();
  }

  /** Null for a field that is the provider's business. */
  @Nullable Role role(String name) {
    return roles.get(name);
  }

  /** The file of sound that must be there; null where none must. */
  @Nullable String audio() {
    return named(Role.AUDIO);
  }

  private @Nullable String named(Role role) {
    return roles.entrySet().stream()
        .filter(field -> field.getValue() == role)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(null);
  }

  /**
   * The field that some readers would take that one for, because it differs in case alone or stands
   * for a list; null where there is none.
   */
  @Nullable String lookalike(String name) {
    int bracket = name.indexOf('[');
    String stem = bracket < 0 ? name : name.substring(0, bracket);
    for (Map.Entry<String, Role> field : roles.entrySet()) {
      String known = field.getKey();
      if (field.getValue().isSingle() && known.equalsIgnoreCase(stem) && !known.equals(name)) {
        return known;
      }
    }
    return null;
  }

  /** Collects the fields. */
  static final class Builder {
    private final Map<String, Role> roles = new LinkedHashMap<>();

    private Builder() {}

    Builder model(String name) {
      return field(name, Role.MODEL);
    }

    Builder stream(String name) {
      return field(name, Role.STREAM);
    }

    /** How many answers. */
    Builder answers(String name) {
      return field(name, Role.ANSWERS);
    }

    /** Text of the prompt. */
    Builder text(String name) {
      return field(name, Role.TEXT);
    }

    /** A file of sound; must be there, and its length counts. */
    Builder audio(String name) {
      return field(name, Role.AUDIO);
    }

    /** What some providers take instead of what is counted here: refused. */
    Builder foreign(String name) {
      return field(name, Role.FOREIGN);
    }

    FormShape build() {
      return new FormShape(roles);
    }

    private Builder field(String name, Role role) {
      roles.put(name, role);
      return this;
    }
  }
}
