package dev.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.RawFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Conversations in frames with something wrong in them, thousands of them. */
class StreamsFuzzTest {
  private static final int ROUNDS = 400;

  @Test
  void mutatedConversations_neverFaultOrHang() throws Exception {
    long seed = Long.getLong("tollgate.seed", System.nanoTime());
    Random random = new Random(seed);
    try (TestServer server =
        TestServer.start(
            HttpServerSettings.builder()
                .headBytesMax(512)
                .headMillisMax(2_000)
                .discardMillisMax(2_000))) {
      for (int round = 0; round < ROUNDS; round++) {
        try (FrameClient client = FrameClient.silent(server.server.port())) {
          byte[] bytes = mutated(conversation(client, random), random);
          int cut = random.nextInt(bytes.length + 1);
          client.send(Arrays.copyOf(bytes, cut));
          client.send(Arrays.copyOfRange(bytes, cut, bytes.length));
          client.closeOutput();
          client.readToEnd();
        } catch (java.net.SocketTimeoutException hang) {
          throw new AssertionError("hangs with seed " + seed + " in round " + round, hang);
        } catch (java.net.SocketException reset) {
          // refused while we were still sending
        }
      }
      assertThat(server.listener.faults).as("seed %s", seed).isEmpty();
      try (FrameClient client = FrameClient.connect(server.server.port())) {
        assertThat(client.get(1, "/hello").answer(1).body()).isEqualTo("hello");
      }
    }
  }

  private static byte[] conversation(FrameClient client, Random random) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(RawFrame.preface());
    all.write(new RawFrame(RawFrame.SETTINGS, 0, 0, new byte[0]).bytes());
    String[] paths = {"/hello", "/echo", "/streamed", "/early", "/huge/200000", "/whole?a=b"};
    for (int stream = 1; stream < 10; stream += 2) {
      String path = paths[random.nextInt(paths.length)];
      byte[] block = client.block(FrameClient.request("POST", path, "cookie", "a=b"));
      all.write(new RawFrame(RawFrame.HEADERS, 4, stream, block).bytes());
      all.write(new RawFrame(RawFrame.DATA, 0, stream, new byte[20]).bytes());
      switch (random.nextInt(5)) {
        case 0 -> all.write(new RawFrame(RawFrame.RST_STREAM, 0, stream, RawFrame.word(8)).bytes());
        case 1 -> all.write(new RawFrame(RawFrame.PING, 0, 0, new byte[8]).bytes());
        case 2 ->
            all.write(
                new RawFrame(
                        RawFrame.WINDOW_UPDATE,
                        0,
                        random.nextInt(2) * stream,
                        RawFrame.word(100_000))
                    .bytes());
        case 3 -> all.write(new RawFrame(RawFrame.HEADERS, 5, stream, new byte[0]).bytes());
        default -> all.write(new RawFrame(RawFrame.DATA, 1, stream, new byte[3]).bytes());
      }
    }
    return all.toByteArray();
  }

  private static byte[] mutated(byte[] bytes, Random random) {
    byte[] changed = bytes.clone();
    for (int changes = random.nextInt(4); changes > 0; changes--) {
      int at = 9 + random.nextInt(changed.length - 9);
      switch (random.nextInt(3)) {
        case 0 -> changed[at] = (byte) random.nextInt(256);
        case 1 -> changed[at] ^= (byte) (1 << random.nextInt(8));
        default -> {
          byte[] shorter = new byte[changed.length - 1];
          System.arraycopy(changed, 0, shorter, 0, at);
          System.arraycopy(changed, at + 1, shorter, at, shorter.length - at);
          changed = shorter;
        }
      }
    }
    return changed;
  }
}
