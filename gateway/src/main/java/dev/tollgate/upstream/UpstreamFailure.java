package dev.tollgate.upstream;

/**
 * Why a call ended without a whole answer.
 *
 * @param stage how far it had come
 * @param isTimeout whether a time bound ran out, rather than something breaking
 * @param reason a sentence for logs and for the client: names the provider, never a secret
 */
public record UpstreamFailure(Stage stage, boolean isTimeout, String reason) {
  /** In order. Up to {@code CONNECTING} the provider has seen nothing of the request. */
  public enum Stage {
    WAITING_FOR_CONNECTION,
    CONNECTING,
    SENDING,
    AWAITING_HEAD,
    READING_BODY
  }
}
