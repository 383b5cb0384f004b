package dev.tollgate.upstream;

import dev.tollgate.upstream.ProviderPool.Spoken;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A lane's calls to all providers, over pools of kept-alive connections on the lane's event loop,
 * of HTTP/1.1 or HTTP/2 as each provider will have it. A pool belongs to a provider's settings:
 * changed settings get a new one, and the old one's connections close as they fall idle for too
 * long. Calls are made on the event loop; {@link #close()} and the counts may be used from any
 * thread.
 *
 * <p>All time bounds of all calls are checked by one timer, which runs while there is anything to
 * check.
 */
public final class PooledUpstream implements Upstream, AutoCloseable {
  private static final String STOPPING = "is not called any more: the gateway is stopping";

  /** Of how many providers it is remembered what they speak. */
  private static final int SPOKEN_MAX = 1024;

  private final EventLoop loop;
  private final UpstreamSettings settings;
  private final Connector connector;
  private final LongSupplier nanoClock;
  private final UpstreamObserver observer;
  private final Map<ProviderSettings, ProviderPool> pools = new HashMap<>();

  /**
   * Of those that become WebSockets, which last: they must not take the places of other calls, nor
   * wait for them, even where all calls are of HTTP/1.1.
   */
  private final Map<ProviderSettings, ProviderPool> socketPools = new HashMap<>();

  private final List<PooledCall> calls = new ArrayList<>();

  /** Connections that have left HTTP. */
  private final Set<Channel> switched = new HashSet<>();

  private final AtomicInteger openConnections = new AtomicInteger();
  private final AtomicInteger idleConnections = new AtomicInteger();
  private final Map<Origin, Spoken> spoken =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Origin, Spoken> eldest) {
          return size() > SPOKEN_MAX;
        }
      };

  private Set<ProviderSettings> warm = Set.of();
  private boolean isTicking;
  private boolean isClosed;

  /**
   * @param addresses shared by all lanes
   * @param tls shared by all lanes
   * @param nanoClock as {@link System#nanoTime()}
   */
  public PooledUpstream(
      EventLoop loop,
      UpstreamSettings settings,
      HostAddresses addresses,
      TlsContexts tls,
      LongSupplier nanoClock,
      UpstreamObserver observer) {
    this.loop = loop;
    this.settings = settings;
    this.connector = Connector.on(loop, settings, addresses, tls);
    this.nanoClock = nanoClock;
    this.observer = observer;
  }

  @Override
  public UpstreamCall call(UpstreamRequest request, UpstreamListener listener) {
    return call(request, listener, null);
  }

  @Override
  public UpstreamCall upgrade(UpstreamRequest request, UpgradeListener listener) {
    return call(request, listener, new SocketRequest(listener));
  }

  private UpstreamCall call(
      UpstreamRequest request, UpstreamListener listener, @Nullable SocketRequest socket) {
    assert loop.inEventLoop();
    // Only HTTP/1.1 becomes a WebSocket here.
    ProviderPool pool =
        socket == null
            ? poolOf(pools, request.provider())
            : poolOf(socketPools, request.provider().overHttp1());
    HttpRequest head;
    boolean isValid = true;
    try {
      head = pool.heads().of(request);
      if (socket != null) {
        socket.ask(head.headers());
      }
    } catch (IllegalArgumentException e) {
      isValid = false;
      head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
    }
    PooledCall call = new PooledCall(this, pool, head, request, listener, socket);
    started(call);
    observer.onCallStarted(pool.provider());
    if (isClosed) {
      call.fail(false, STOPPING);
    } else if (pool.heads().lacksModel(request)) {
      call.fail(false, "cannot be asked without a model: its URL has a place for one");
    } else if (!isValid) {
      call.fail(false, "cannot be asked for a path that no request line can hold");
    } else {
      pool.acquire(call);
    }
    return call;
  }

  private ProviderPool poolOf(
      Map<ProviderSettings, ProviderPool> among, ProviderSettings settingsOfIt) {
    return among.computeIfAbsent(
        settingsOfIt, provider -> new ProviderPool(this, connector, provider));
  }

  /**
   * Keeps as many connections to each of these open and idle as their settings say, from now on,
   * and to no others: what is idle towards a provider that was among these before is closed. From
   * any thread.
   */
  public void keepWarm(Collection<ProviderSettings> providers) {
    Set<ProviderSettings> kept =
        providers.stream()
            .filter(provider -> provider.reach().warmConnections() > 0)
            .collect(Collectors.toUnmodifiableSet());
    loop.execute(
        () -> {
          Set<ProviderSettings> before = warm;
          warm = kept;
          for (ProviderSettings gone : before) {
            ProviderPool pool = pools.get(gone);
            if (pool != null && !kept.contains(gone)) {
              pool.letGoCold();
            }
          }
          if (!isClosed) {
            kept.forEach(provider -> poolOf(pools, provider).keepWarm());
            keepTicking();
          }
        });
  }

  /** Connections that are open, idle ones included. */
  public int openConnections() {
    return openConnections.get();
  }

  /** Connections that have no request on them. */
  public int idleConnections() {
    return idleConnections.get();
  }

  /** Fails the calls under way and closes all connections, soon, on the event loop. Idempotent. */
  @Override
  public void close() {
    loop.execute(
        () -> {
          isClosed = true;
          for (PooledCall call : List.copyOf(calls)) {
            call.fail(false, STOPPING);
          }
          pools.values().forEach(ProviderPool::letGoCold);
          socketPools.values().forEach(ProviderPool::letGoCold);
          for (Channel channel : List.copyOf(switched)) {
            var unused = channel.close();
          }
        });
  }

  EventLoop loop() {
    return loop;
  }

  UpstreamSettings settings() {
    return settings;
  }

  UpstreamObserver observer() {
    return observer;
  }

  boolean isClosed() {
    return isClosed;
  }

  long now() {
    return nanoClock.getAsLong();
  }

  long resendNanosMax() {
    return settings.resendMillisMax() * 1_000_000L;
  }

  void connectionOpened(ProviderSettings provider) {
    openConnections.incrementAndGet();
    observer.onConnectionOpened(provider);
  }

  void connectionClosed(ProviderSettings provider) {
    openConnections.decrementAndGet();
    observer.onConnectionClosed(provider);
  }

  void idleChanged(int difference) {
    idleConnections.addAndGet(difference);
  }

  /** What a provider has chosen when it was connected to last. */
  Spoken spokenBefore(Origin origin) {
    return spoken.getOrDefault(origin, Spoken.UNKNOWN);
  }

  void rememberSpoken(Origin origin, Spoken what) {
    spoken.put(origin, what);
  }

  /** Until it is closed, a connection that has left HTTP ends with the lane. */
  void keep(Channel channel) {
    switched.add(channel);
    channel.closeFuture().addListener(closed -> switched.remove(channel));
  }

  private void started(PooledCall call) {
    call.index(calls.size());
    calls.add(call);
    keepTicking();
  }

  /** The last call takes the place of the one that ended. */
  void ended(PooledCall call) {
    PooledCall last = calls.removeLast();
    if (last != call) {
      calls.set(call.index(), last);
      last.index(call.index());
    }
  }

  private void keepTicking() {
    if (!isTicking) {
      isTicking = true;
      var unused = loop.schedule(this::tick, settings.timeGrainMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** Backwards, since a call that fails makes the last one take its place. */
  private void tick() {
    isTicking = false;
    long now = now();
    for (int i = calls.size() - 1; i >= 0; i--) {
      if (i < calls.size()) {
        calls.get(i).checkTime(now);
      }
    }
    check(pools.values(), now);
    check(socketPools.values(), now);
    if (!calls.isEmpty() || !pools.isEmpty() || !socketPools.isEmpty()) {
      keepTicking();
    }
  }

  private static void check(Collection<ProviderPool> some, long now) {
    for (ProviderPool pool : some) {
      pool.check(now);
    }
    some.removeIf(ProviderPool::isUnused);
  }
}
