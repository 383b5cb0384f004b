package dev.tollgate.metering;

/** What a JSON value is. */
public enum JsonType {
  OBJECT,
  ARRAY,
  STRING,
  NUMBER,
  TRUE,
  FALSE,
  NULL,
  /** A bare word that JSON does not know, such as {@code NaN}. */
  INVALID
}
