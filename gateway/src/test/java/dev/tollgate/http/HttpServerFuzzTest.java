package dev.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Requests with something wrong in them, thousands of them. */
@SuppressWarnings("StringConcatToTextBlock") // the lines must end in CR LF
class HttpServerFuzzTest {
  private static final int ROUNDS = 4000;
  private static final List<String> SEEDS =
      List.of(
          "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
          "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
          "POST /whole?a=b%20c HTTP/1.1\r\n"
              + "Host: a\r\n"
              + "Transfer-Encoding: chunked\r\n\r\n"
              + "5\r\n"
              + "hello\r\n"
              + "0\r\n"
              + "X: y\r\n\r\n",
          "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
          "GET /items/a%2fb?c HTTP/1.0\r\n"
              + "Connection: keep-alive\r\n\r\n"
              + "HEAD /streamed HTTP/1.1\r\n"
              + "Host: a\r\n\r\n",
          "POST /early HTTP/1.1\r\n"
              + "Host: a\r\n"
              + "Content-Length: 30\r\n\r\n"
              + "012345678901234567890123456789");
  private static final byte[] NASTY =
      "\r\n\t :;,%/0\0\u007f\u00ff*Aa".getBytes(StandardCharsets.ISO_8859_1);

  @Test
  void mutatedRequests_neverFaultOrHang() throws Exception {
    long seed = Long.getLong("tollgate.seed", System.nanoTime());
    Random random = new Random(seed);
    try (TestServer server =
        TestServer.start(
            HttpServerSettings.builder()
                .headMillisMax(10_000)
                .discardMillisMax(2_000)
                .headBytesMax(256)
                .requestLineBytesMax(128))) {
      for (int round = 0; round < ROUNDS; round++) {
        byte[] bytes = mutate(SEEDS.get(random.nextInt(SEEDS.size())), random);
        try (RawClient client = server.connect()) {
          int cut = random.nextInt(bytes.length + 1);
          client.send(Arrays.copyOf(bytes, cut));
          client.send(Arrays.copyOfRange(bytes, cut, bytes.length));
          client.closeOutput();
          client.readUntilClosed();
        } catch (java.net.SocketTimeoutException hang) {
          throw new AssertionError(
              "hangs with seed "
                  + seed
                  + " in round "
                  + round
                  + ": "
                  + new String(bytes, StandardCharsets.ISO_8859_1),
              hang);
        } catch (java.net.SocketException reset) {
          // refused while we were still sending
        }
      }
      assertThat(server.listener.faults).as("seed %s", seed).isEmpty();
      try (RawClient client = server.connect()) {
        client.send(SEEDS.getFirst());
        assertThat(client.readAnswer().body()).isEqualTo("hello");
      }
    }
  }

  private static byte[] mutate(String seed, Random random) {
    StringBuilder bytes = new StringBuilder(seed);
    for (int changes = 1 + random.nextInt(4); changes > 0 && !bytes.isEmpty(); changes--) {
      int at = random.nextInt(bytes.length());
      char nasty = (char) (NASTY[random.nextInt(NASTY.length)] & 0xff);
      switch (random.nextInt(6)) {
        case 0 -> bytes.setCharAt(at, nasty);
        case 1 -> bytes.insert(at, nasty);
        case 2 -> bytes.deleteCharAt(at);
        case 3 -> bytes.setCharAt(at, (char) random.nextInt(256));
        case 4 ->
            bytes.insert(
                at, bytes.substring(at, Math.min(bytes.length(), at + random.nextInt(40))));
        default -> bytes.delete(at, Math.min(bytes.length(), at + random.nextInt(20)));
      }
    }
    return bytes.toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}
