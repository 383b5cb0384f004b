package dev.tollgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class HostAddressesTest {
  private static final UpstreamSettings SETTINGS = UpstreamSettings.defaults();

  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger lookups = new AtomicInteger();

  /** Each look-up finds the next address: 10.0.0.1, 10.0.0.2, … */
  private final HostAddresses addresses =
      new HostAddresses(
          SETTINGS,
          nanos::get,
          host ->
              new InetAddress[] {
                InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) lookups.incrementAndGet()})
              });

  private static String first(CompletableFuture<List<InetAddress>> found) throws Exception {
    return found.get().getFirst().getHostAddress();
  }

  @Test
  void of_anAddress_needsNoLookUp() throws Exception {
    assertThat(first(addresses.of("192.0.2.7"))).isEqualTo("192.0.2.7");
    assertThat(addresses.of("::1")).isCompleted();
    assertThat(lookups).hasValue(0);
  }

  @Test
  void of_aKnownHost_asksOnce() throws Exception {
    first(addresses.of("acme.example"));
    assertThat(addresses.of("acme.example")).isCompleted();
    assertThat(lookups).hasValue(1);
  }

  @Test
  void of_aHostGrownOld_servesTheOldWhileItAsksAgain() throws Exception {
    first(addresses.of("acme.example"));
    nanos.addAndGet(SETTINGS.addressMillisMax() * 1_000_000L + 1);
    assertThat(first(addresses.of("acme.example"))).isEqualTo("10.0.0.1");
    TestLane.await(
        () ->
            addresses
                .of("acme.example")
                .resultNow()
                .getFirst()
                .getHostAddress()
                .equals("10.0.0.2"));
    assertThat(lookups).hasValue(2);
  }

  @Test
  void of_aForgottenHost_asksAgain() throws Exception {
    first(addresses.of("acme.example"));
    addresses.forget("acme.example");
    assertThat(first(addresses.of("acme.example"))).isEqualTo("10.0.0.2");
  }

  @Test
  void of_anUnknownHost_failsAndAsksAgainTheNextTime() {
    AtomicInteger asked = new AtomicInteger();
    HostAddresses none =
        new HostAddresses(
            SETTINGS,
            nanos::get,
            host -> {
              asked.incrementAndGet();
              throw new UnknownHostException(host);
            });
    for (int i = 1; i <= 2; i++) {
      assertThatThrownBy(() -> none.of("acme.example").get())
          .isInstanceOf(ExecutionException.class);
      assertThat(asked).hasValue(i);
    }
  }

  /** A resolver that can go away, and knows 10.0.0.1, 10.0.0.2, … in turn. */
  private static final class Resolver implements HostAddresses.Lookup {
    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean isAway;

    @Override
    public InetAddress[] addressesOf(String host) throws UnknownHostException {
      int number = asked.incrementAndGet();
      if (isAway) {
        throw new UnknownHostException(host);
      }
      return new InetAddress[] {InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) number})};
    }
  }

  private void pass(long millis) {
    nanos.addAndGet(millis * 1_000_000L);
  }

  @Test
  void of_aHostGrownOld_isServed_whileTheResolverIsAway_upToABound() throws Exception {
    Resolver resolver = new Resolver();
    HostAddresses kept = new HostAddresses(SETTINGS, nanos::get, resolver);
    first(kept.of("acme.example"));
    resolver.isAway = true;
    pass(SETTINGS.addressMillisMax() + 1);
    assertThat(first(kept.of("acme.example"))).isEqualTo("10.0.0.1");
    TestLane.await(() -> resolver.asked.get() == 2);
    assertThat(first(kept.of("acme.example"))).isEqualTo("10.0.0.1");

    pass(SETTINGS.staleAddressMillisMax());
    assertThatThrownBy(() -> kept.of("acme.example").get()).isInstanceOf(ExecutionException.class);

    resolver.isAway = false;
    int before = resolver.asked.get();
    assertThat(first(kept.of("acme.example"))).isEqualTo("10.0.0." + (before + 1));
  }

  @Test
  void of_aForgottenHost_fallsBackOnWhatWasKnown_whileTheResolverIsAway() throws Exception {
    Resolver resolver = new Resolver();
    HostAddresses kept = new HostAddresses(SETTINGS, nanos::get, resolver);
    first(kept.of("acme.example"));
    resolver.isAway = true;
    kept.forget("acme.example");
    assertThat(first(kept.of("acme.example"))).isEqualTo("10.0.0.1");

    resolver.isAway = false;
    kept.forget("acme.example");
    assertThat(first(kept.of("acme.example"))).isEqualTo("10.0.0.3");
  }

  @Test
  void of_aForgottenHost_whoseLookUpHangs_fallsBackOnWhatWasKnown() throws Exception {
    CountDownLatch mayFind = new CountDownLatch(1);
    Resolver resolver = new Resolver();
    HostAddresses kept =
        new HostAddresses(
            SETTINGS,
            nanos::get,
            host -> {
              InetAddress[] found = resolver.addressesOf(host);
              if (resolver.asked.get() > 1) {
                awaitQuietly(mayFind);
              }
              return found;
            });
    first(kept.of("acme.example"));
    kept.forget("acme.example");
    assertThat(first(kept.of("acme.example"))).isEqualTo("10.0.0.1");

    mayFind.countDown();
    TestLane.await(
        () -> kept.of("acme.example").resultNow().getFirst().getHostAddress().equals("10.0.0.2"));
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
