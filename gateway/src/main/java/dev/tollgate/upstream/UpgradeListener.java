package dev.tollgate.upstream;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * Hears how a call goes that asks for a WebSocket: it ends by {@link #onSwitched}, or as others.
 */
public interface UpgradeListener extends UpstreamListener {
  /**
   * The provider has agreed. The connection is the listener's from here on, which closes it; its
   * bytes go to the handlers that it adds to the end of its pipeline before it returns, beginning
   * with those that have come already. Until it is closed it counts among the provider's
   * connections.
   *
   * @param headers as sent
   */
  void onSwitched(HttpHeaders headers, Channel channel);
}
