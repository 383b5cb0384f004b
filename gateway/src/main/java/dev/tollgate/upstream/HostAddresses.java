package dev.tollgate.upstream;

import dev.tollgate.domain.Blocking;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses of the providers' hosts, shared by all lanes. It asks the operating system, so that
 * {@code /etc/hosts} and search domains count, on a thread of its own per look-up; there is at most
 * one look-up per host at a time. Addresses that have grown old are still served while they are
 * looked up again, and as long as that fails, up to a bound. Thread-safe; never blocks its caller.
 */
public final class HostAddresses {
  private static final Logger LOG = LoggerFactory.getLogger(HostAddresses.class);

  /** Between a look-up that failed and the next one of a host whose old addresses still serve. */
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long a call waits for new addresses, when those of before were tried in vain. */
  private static final long PATIENCE_MILLIS = 1000;

  /** The look-up itself, which may block. */
  @FunctionalInterface
  public interface Lookup {
    InetAddress[] addressesOf(String host) throws UnknownHostException;
  }

  private final Lookup lookup;
  private final LongSupplier nanoClock;
  private final long nanosMax;
  private final long staleNanosMax;
  private final AddressOrder order;
  private final ConcurrentMap<String, Known> hosts = new ConcurrentHashMap<>();

  /** What is known of a host, or will be; replaced by each look-up that finds something. */
  private static final class Known {
    private final CompletableFuture<List<InetAddress>> addresses;

    /** Those to fall back on. */
    private final @Nullable List<InetAddress> before;

    /** When what it says was found out. */
    private final long sinceNanos;

    private final AtomicBoolean isAsked;
    private volatile long askFromNanos;
    private volatile boolean isInVain;

    private Known(
        CompletableFuture<List<InetAddress>> addresses,
        @Nullable List<InetAddress> before,
        long sinceNanos) {
      this.addresses = addresses;
      this.before = before;
      this.sinceNanos = sinceNanos;
      this.askFromNanos = sinceNanos;
      this.isAsked = new AtomicBoolean(!addresses.isDone());
    }
  }

  /**
   * @param nanoClock as {@link System#nanoTime()}
   */
  public HostAddresses(UpstreamSettings settings, LongSupplier nanoClock, Lookup lookup) {
    this.lookup = lookup;
    this.nanoClock = nanoClock;
    this.nanosMax = settings.addressMillisMax() * 1_000_000L;
    this.staleNanosMax = settings.staleAddressMillisMax() * 1_000_000L;
    this.order = new AddressOrder(settings, nanoClock);
  }

  /** Looks up as the JDK does. */
  public HostAddresses(UpstreamSettings settings, LongSupplier nanoClock) {
    this(settings, nanoClock, HostAddresses::ask);
  }

  @Blocking
  private static InetAddress[] ask(String host) throws UnknownHostException {
    return InetAddress.getAllByName(host);
  }

  /** In which order to try them. */
  AddressOrder order() {
    return order;
  }

  /** At least one address, as the resolver has them; fails for a host that cannot be resolved. */
  CompletableFuture<List<InetAddress>> of(String host) {
    InetAddress literal = NetUtil.createInetAddressFromIpAddressString(host);
    if (literal != null) {
      return CompletableFuture.completedFuture(List.of(literal));
    }
    Known known = hosts.get(host);
    if (known == null || known.addresses.isCompletedExceptionally()) {
      return await(host, known, null);
    }
    if (!known.addresses.isDone()) {
      return known.addresses;
    }
    long now = nanoClock.getAsLong();
    long ageNanos = now - known.sinceNanos;
    if (ageNanos > staleNanosMax) {
      return await(host, known, null);
    }
    if (known.isInVain) {
      return await(host, known, known.addresses.resultNow());
    }
    boolean mayAsk = ageNanos > nanosMax && now - known.askFromNanos >= 0;
    if (mayAsk && known.isAsked.compareAndSet(false, true)) {
      lookUp(host, known);
    }
    return known.addresses;
  }

  /** None of the host's addresses could be reached: the next call asks anew. */
  void forget(String host) {
    Known known = hosts.get(host);
    if (known != null && known.addresses.isDone()) {
      known.isInVain = true;
    }
  }

  /**
   * Looks up, for those to wait for it who come meanwhile.
   *
   * @param before to fall back on; null for nothing
   */
  private CompletableFuture<List<InetAddress>> await(
      String host, @Nullable Known old, @Nullable List<InetAddress> before) {
    long sinceNanos = old == null || before == null ? nanoClock.getAsLong() : old.sinceNanos;
    Known fresh = new Known(new CompletableFuture<>(), before, sinceNanos);
    boolean isFirst =
        old == null ? hosts.putIfAbsent(host, fresh) == null : hosts.replace(host, old, fresh);
    if (!isFirst) {
      return of(host);
    }
    if (before != null) {
      fresh.addresses.completeOnTimeout(before, PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }
    lookUp(host, fresh);
    return fresh.addresses;
  }

  /** On a platform thread: the JDK's look-up would pin a virtual one to its carrier. */
  private void lookUp(String host, Known asking) {
    Thread.ofPlatform()
        .daemon()
        .name("tollgate-lookup")
        .start(
            () -> {
              try {
                found(host, asking, List.of(lookup.addressesOf(host)));
              } catch (UnknownHostException | RuntimeException e) {
                notFound(host, asking, e);
              }
            });
  }

  private void found(String host, Known asking, List<InetAddress> addresses) {
    long now = nanoClock.getAsLong();
    hosts.replace(host, asking, new Known(CompletableFuture.completedFuture(addresses), null, now));
    asking.addresses.complete(addresses);
  }

  private void notFound(String host, Known asking, Throwable failure) {
    List<InetAddress> before = asking.before;
    if (before != null || asking.addresses.isDone()) {
      LOG.warn("{} cannot be looked up now: its addresses of before are used", host);
    }
    asking.askFromNanos = nanoClock.getAsLong() + RETRY_NANOS;
    asking.isAsked.set(false);
    if (before == null) {
      asking.addresses.completeExceptionally(failure);
    } else {
      asking.addresses.complete(before);
    }
  }
}
