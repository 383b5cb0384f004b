package dev.tollgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AddressOrderTest {
  private static final UpstreamSettings SETTINGS = UpstreamSettings.defaults();

  private final AtomicLong nanos = new AtomicLong();
  private final AddressOrder order = new AddressOrder(SETTINGS, nanos::get);

  private static InetSocketAddress place(String address) throws UnknownHostException {
    return new InetSocketAddress(InetAddress.getByName(address), 443);
  }

  private String ordered(String addresses) throws UnknownHostException {
    List<InetAddress> resolved = new ArrayList<>();
    for (String address : addresses.split(" ", -1)) {
      resolved.add(InetAddress.getByName(address));
    }
    return String.join(
        " ",
        order.of(resolved, 443).stream()
            .map(
                place ->
                    place
                        .getAddress()
                        .getHostAddress()
                        .replace("2001:db8:0:0:0:0:0:", "2001:db8::"))
            .toList());
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1",
    "10.0.0.2 10.0.0.1, 10.0.0.2 10.0.0.1",
    "2001:db8::1 2001:db8::2 10.0.0.1, 2001:db8::1 10.0.0.1 2001:db8::2",
    "10.0.0.1 10.0.0.2 10.0.0.3 2001:db8::1, 10.0.0.1 2001:db8::1 10.0.0.2 10.0.0.3",
  })
  void families_takeTurns_beginningWithTheResolversFirst(String resolved, String expected)
      throws Exception {
    assertThat(ordered(resolved)).isEqualTo(expected);
  }

  @Test
  void anAddress_thatFailedLately_isTriedLast_forAWhile() throws Exception {
    order.failed(place("10.0.0.1"));
    assertThat(ordered("10.0.0.1 10.0.0.2 2001:db8::1")).isEqualTo("2001:db8::1 10.0.0.2 10.0.0.1");
    nanos.addAndGet(SETTINGS.failedAddressMillis() * 1_000_000L - 1);
    assertThat(ordered("10.0.0.1 10.0.0.2")).isEqualTo("10.0.0.2 10.0.0.1");
    nanos.incrementAndGet();
    assertThat(ordered("10.0.0.1 10.0.0.2")).isEqualTo("10.0.0.1 10.0.0.2");
  }

  @Test
  void ofSeveralThatFailed_theOneLongestAgo_isTriedFirst() throws Exception {
    order.failed(place("10.0.0.2"));
    nanos.incrementAndGet();
    order.failed(place("10.0.0.1"));
    assertThat(ordered("10.0.0.1 10.0.0.2 10.0.0.3")).isEqualTo("10.0.0.3 10.0.0.2 10.0.0.1");
  }

  @Test
  void anAddress_thatIsReachedAgain_hasItsPlaceBack() throws Exception {
    order.failed(place("10.0.0.1"));
    order.reached(place("10.0.0.1"));
    assertThat(ordered("10.0.0.1 10.0.0.2")).isEqualTo("10.0.0.1 10.0.0.2");
  }
}
