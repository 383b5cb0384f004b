package dev.tollgate.upstream;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;

/**
 * In which order the addresses of a host are tried: the families in turn (RFC 8305, 4), beginning
 * with the resolver's first; those that failed lately last, the one first that has had the most
 * time to recover. Shared by all lanes; thread-safe.
 */
final class AddressOrder {
  /** Beyond as many nothing more is remembered until something has been forgotten. */
  private static final int REMEMBERED_MAX = 4096;

  private final LongSupplier nanoClock;
  private final long rememberedNanos;
  private final ConcurrentMap<InetSocketAddress, Long> failedNanos = new ConcurrentHashMap<>();

  /**
   * @param nanoClock as {@link System#nanoTime()}
   */
  AddressOrder(UpstreamSettings settings, LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.rememberedNanos = settings.failedAddressMillis() * 1_000_000L;
  }

  List<InetSocketAddress> of(List<InetAddress> addresses, int port) {
    List<InetSocketAddress> well = new ArrayList<>();
    List<Failed> failed = new ArrayList<>();
    long now = nanoClock.getAsLong();
    for (InetAddress address : familiesInTurn(addresses)) {
      InetSocketAddress place = new InetSocketAddress(address, port);
      Long since = failedNanos.get(place);
      if (since == null || now - since >= rememberedNanos) {
        well.add(place);
      } else {
        failed.add(new Failed(place, now - since));
      }
    }
    failed.sort(Comparator.comparingLong(Failed::ageNanos).reversed());
    failed.forEach(one -> well.add(one.place));
    return well;
  }

  private record Failed(InetSocketAddress place, long ageNanos) {}

  private static List<InetAddress> familiesInTurn(List<InetAddress> addresses) {
    List<InetAddress> first = new ArrayList<>();
    List<InetAddress> second = new ArrayList<>();
    for (InetAddress address : addresses) {
      (address.getClass() == addresses.getFirst().getClass() ? first : second).add(address);
    }
    List<InetAddress> inTurn = new ArrayList<>();
    for (int i = 0; i < Math.max(first.size(), second.size()); i++) {
      if (i < first.size()) {
        inTurn.add(first.get(i));
      }
      if (i < second.size()) {
        inTurn.add(second.get(i));
      }
    }
    return inTurn;
  }

  /** It refused, broke, or kept silent for longer than another one took to answer. */
  void failed(InetSocketAddress place) {
    long now = nanoClock.getAsLong();
    if (failedNanos.size() >= REMEMBERED_MAX) {
      failedNanos.values().removeIf(since -> now - since >= rememberedNanos);
    }
    if (failedNanos.size() < REMEMBERED_MAX) {
      failedNanos.put(place, now);
    }
  }

  void reached(InetSocketAddress place) {
    failedNanos.remove(place);
  }
}
