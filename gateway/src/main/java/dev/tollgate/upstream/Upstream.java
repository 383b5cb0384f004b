package dev.tollgate.upstream;

/** A lane's way to the providers. Confined to its event loop. */
public interface Upstream {
  /**
   * Sends a request on a pooled connection, or a new one within the provider's bounds. A kept-alive
   * connection that turns out dead before a byte of the answer has come is replaced once, and so is
   * one on which the provider says that it has not looked at the request: the listener hears only
   * that it was sent again. It is never called from within this method.
   */
  UpstreamCall call(UpstreamRequest request, UpstreamListener listener);

  /**
   * The same for a request that asks for a WebSocket: what belongs to its handshake is added, and
   * extensions are not asked for. The listener's {@code onSwitched} ends the call, within the
   * bounds that others have for the head of their answer; any other answer comes as it is.
   */
  default UpstreamCall upgrade(UpstreamRequest request, UpgradeListener listener) {
    throw new UnsupportedOperationException("no WebSockets this way");
  }
}
