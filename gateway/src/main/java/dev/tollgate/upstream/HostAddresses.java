package dev.tollgate.upstream;

import dev.tollgate.domain.Blocking;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * The addresses of the providers' hosts, shared by all lanes. It asks the operating system, so that
 * {@code /etc/hosts} and search domains count, on a thread of its own per look-up; there is at most
 * one look-up per host at a time. An address that has grown old is still served while it is looked
 * up again. Thread-safe; never blocks its caller.
 */
public final class HostAddresses {
  /** The look-up itself, which may block. */
  @FunctionalInterface
  public interface Lookup {
    InetAddress[] addressesOf(String host) throws UnknownHostException;
  }

  private final Lookup lookup;
  private final LongSupplier nanoClock;
  private final long nanosMax;
  private final ConcurrentMap<String, Entry> entries = new ConcurrentHashMap<>();

  private record Entry(
      CompletableFuture<List<InetAddress>> addresses, long sinceNanos, AtomicBoolean isRefreshing) {
    Entry(CompletableFuture<List<InetAddress>> addresses, long sinceNanos) {
      this(addresses, sinceNanos, new AtomicBoolean());
    }
  }

  /**
   * @param nanoClock as {@link System#nanoTime()}
   */
  public HostAddresses(UpstreamSettings settings, LongSupplier nanoClock, Lookup lookup) {
    this.lookup = lookup;
    this.nanoClock = nanoClock;
    this.nanosMax = settings.addressMillisMax() * 1_000_000L;
  }

  /** Looks up as the JDK does. */
  public HostAddresses(UpstreamSettings settings, LongSupplier nanoClock) {
    this(settings, nanoClock, HostAddresses::ask);
  }

  @Blocking
  private static InetAddress[] ask(String host) throws UnknownHostException {
    return InetAddress.getAllByName(host);
  }

  /** At least one address, in the order to try them; fails for an unknown host. */
  CompletableFuture<List<InetAddress>> of(String host) {
    InetAddress literal = NetUtil.createInetAddressFromIpAddressString(host);
    if (literal != null) {
      return CompletableFuture.completedFuture(List.of(literal));
    }
    Entry entry = entries.get(host);
    if (entry == null || entry.addresses.isCompletedExceptionally()) {
      return lookUpFirst(host);
    }
    boolean isOld = nanoClock.getAsLong() - entry.sinceNanos > nanosMax;
    if (isOld && entry.addresses.isDone() && entry.isRefreshing.compareAndSet(false, true)) {
      refresh(host, entry);
    }
    return entry.addresses;
  }

  /** None of the host's addresses could be reached: the next call asks anew. */
  void forget(String host) {
    Entry entry = entries.get(host);
    if (entry != null && entry.addresses.isDone()) {
      entries.remove(host, entry);
    }
  }

  private CompletableFuture<List<InetAddress>> lookUpFirst(String host) {
    Entry fresh = new Entry(new CompletableFuture<>(), nanoClock.getAsLong());
    Entry current =
        entries.merge(
            host, fresh, (old, mine) -> old.addresses.isCompletedExceptionally() ? mine : old);
    if (current.equals(fresh)) {
      lookUp(host, fresh.addresses);
    }
    return current.addresses;
  }

  private void refresh(String host, Entry old) {
    CompletableFuture<List<InetAddress>> addresses = new CompletableFuture<>();
    var unused =
        addresses.whenComplete(
            (found, failure) -> {
              if (failure == null) {
                entries.replace(host, old, new Entry(addresses, nanoClock.getAsLong()));
              }
              old.isRefreshing.set(false);
            });
    lookUp(host, addresses);
  }

  /** On a platform thread: the JDK's look-up would pin a virtual one to its carrier. */
  private void lookUp(String host, CompletableFuture<List<InetAddress>> addresses) {
    Thread.ofPlatform()
        .daemon()
        .name("tollgate-lookup")
        .start(
            () -> {
              try {
                addresses.complete(List.of(lookup.addressesOf(host)));
              } catch (UnknownHostException | RuntimeException e) {
                addresses.completeExceptionally(e);
              }
            });
  }
}
