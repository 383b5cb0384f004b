package dev.tollgate.media;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.SoundFiles;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How long sound is, by what its bytes show. */
class AudioLengthTest {
  private static final long BYTES_PER_SECOND = 2_000;

  static Stream<Arguments> files() {
    return Stream.of(
        file("wav, a second and a bit", SoundFiles.wav(16_001, 16_000), 2),
        file("wav, three seconds", SoundFiles.wav(24_000, 8_000), 3),
        file("wav, still being recorded", SoundFiles.wav(16_000, 16_000, -1), 1),
        file("wav, whose head makes it shorter", SoundFiles.wav(160_000, 16_000, 100), 10),
        // 383 frames of 1152 samples at 44.1 kHz are 10.005 seconds
        file("mp3, of changing bit rates", SoundFiles.mp3(383), 11),
        file("mp3, within ten seconds", SoundFiles.mp3(382), 10),
        // 235 frames of 1024 samples at 24 kHz are 10.03 seconds
        file("aac", SoundFiles.adts(235), 11),
        file("flac", SoundFiles.flac(16_000 * 7, 16_000, 80_000), 7),
        file("flac, of unknown length", SoundFiles.flac(0, 16_000, 80_000), 41),
        file("flac, that cannot be so short", SoundFiles.flac(1, 16_000, 2_000_000), 1001),
        file("opus", SoundFiles.opus(5), 5),
        file("two of opus, joined", join(SoundFiles.opus(5), SoundFiles.opus(2)), 7),
        file("mp4, with its head at the end", SoundFiles.mp4(441_000, 44_100, 100_000), 10),
        file("mp4, that cannot be so short", SoundFiles.mp4(1, 44_100, 1_000_000), 501),
        file("webm, from a browser", SoundFiles.webm(4), 4),
        file("something else", SoundFiles.noise(8_001), 5),
        file("less than can be told", new byte[11], 1),
        file("nothing", new byte[0], 0));
  }

  private static Arguments file(String name, byte[] bytes, long seconds) {
    return Arguments.of(Named.of(name, bytes), seconds);
  }

  private static byte[] join(byte[] one, byte[] two) {
    byte[] both = Arrays.copyOf(one, one.length + two.length);
    System.arraycopy(two, 0, both, one.length, two.length);
    return both;
  }

  @ParameterizedTest
  @MethodSource("files")
  void seconds_ofAFile_areTheSameAtEveryCut(byte[] file, long seconds) {
    assertThat(secondsOf(file, file.length)).isEqualTo(seconds);
    assertThat(secondsOf(file, 1)).as("byte by byte").isEqualTo(seconds);
    Random random = new Random(7);
    for (int round = 0; round < 20; round++) {
      int pieceBytesMax = 1 + random.nextInt(5_000);
      assertThat(secondsOf(file, pieceBytesMax))
          .as("pieces of %d", pieceBytesMax)
          .isEqualTo(seconds);
    }
  }

  private static long secondsOf(byte[] file, int pieceBytesMax) {
    AudioLength length = new AudioLength();
    for (int from = 0; from < file.length; from += pieceBytesMax) {
      length.read(file, from, Math.min(file.length, from + pieceBytesMax));
    }
    assertThat(length.bytes()).isEqualTo(file.length);
    return length.seconds(BYTES_PER_SECOND);
  }

  @Test
  void seconds_ofWhatHasPassedSoFar_grow() {
    byte[] file = SoundFiles.wav(160_000, 16_000);
    AudioLength length = new AudioLength();
    length.read(file, 0, 44 + 32_000 * 3 + 1);

    assertThat(length.seconds(BYTES_PER_SECOND)).isEqualTo(4);
  }

  @Test
  void seconds_ofDamagedFiles_areSomeNumberAndNoFault() {
    long seed = 20261126;
    Random random = new Random(seed);
    for (Arguments file : files().toList()) {
      byte[] whole =
          ((Named<?>) file.get()[0]).getPayload() instanceof byte[] bytes ? bytes : new byte[0];
      for (int round = 0; round < 200 && whole.length > 0; round++) {
        byte[] damaged = Arrays.copyOf(whole, 1 + random.nextInt(Math.min(whole.length, 5_000)));
        for (int i = 0; i < 8; i++) {
          damaged[random.nextInt(Math.min(damaged.length, 80))] = (byte) random.nextInt();
        }
        assertThat(secondsOf(damaged, 700)).as("seed %d", seed).isNotNegative();
      }
    }
  }
}
