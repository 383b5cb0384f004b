package dev.tollgate.upstream;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A loopback address at which connecting neither succeeds nor fails: somebody listens and accepts
 * nobody, and those who may wait for it are there already.
 */
public final class BlackHole implements AutoCloseable {
  private static final int FILLING = 8;

  private final ServerSocketChannel listening;
  private final List<SocketChannel> waiting = new ArrayList<>();

  /**
   * @param port 0 for any
   */
  public BlackHole(InetAddress address, int port) throws IOException {
    listening = ServerSocketChannel.open();
    listening.bind(new InetSocketAddress(address, port), 1);
    for (int i = 0; i < FILLING; i++) {
      SocketChannel one = SocketChannel.open();
      waiting.add(one);
      one.configureBlocking(false);
      one.connect(listening.getLocalAddress());
    }
  }

  public InetSocketAddress address() throws IOException {
    return (InetSocketAddress) listening.getLocalAddress();
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (SocketChannel one : waiting) {
      one.close();
    }
  }
}
