package dev.tollgate.upstream;

/** Whether HTTP/2 is spoken with a provider. */
public enum Http2Use {
  /** Over TLS where the provider chooses it; in the clear it is not. */
  OFFERED,
  NEVER,
  /** In the clear, from the first byte: the provider is known to speak it. */
  PRIOR_KNOWLEDGE
}
