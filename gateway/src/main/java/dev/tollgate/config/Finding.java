package dev.tollgate.config;

/**
 * Something to say about a configuration file: a fault, or a notice of what is allowed but will
 * surprise. Never carries the value of a secret.
 *
 * @param key the path of the key: {@code providers.acme.base_url}; empty for the file as a whole
 * @param message what was expected and what is there
 */
public record Finding(Place place, String key, String message) {
  /** {@code config/gateway.yaml:12:5: providers.acme.dialect: expected …}. */
  @Override
  public String toString() {
    return key.isEmpty() ? place + ": " + message : place + ": " + key + ": " + message;
  }
}
