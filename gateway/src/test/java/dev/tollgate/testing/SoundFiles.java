package dev.tollgate.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Files of sound, well-formed as far as their structure goes, with noise in them. */
public final class SoundFiles {
  private SoundFiles() {}

  /** Noise that is the same each time. */
  public static byte[] noise(int bytes) {
    byte[] noise = new byte[bytes];
    new Random(bytes).nextBytes(noise);
    return noise;
  }

  /** A WAV file of 16-bit samples on one channel. */
  public static byte[] wav(int samples, int samplesPerSecond) {
    return wav(samples, samplesPerSecond, 2 * samples);
  }

  /**
   * @param claimedBytes what the head says of the data's length
   */
  public static byte[] wav(int samples, int samplesPerSecond, int claimedBytes) {
    ByteBuffer file = ByteBuffer.allocate(44 + 2 * samples).order(ByteOrder.LITTLE_ENDIAN);
    file.put(ascii("RIFF")).putInt(36 + claimedBytes).put(ascii("WAVE"));
    file.put(ascii("fmt ")).putInt(16).putShort((short) 1).putShort((short) 1);
    file.putInt(samplesPerSecond).putInt(2 * samplesPerSecond);
    file.putShort((short) 2).putShort((short) 16);
    file.put(ascii("data")).putInt(claimedBytes);
    return file.put(noise(2 * samples)).array();
  }

  /**
   * MP3: a tag, frames of MPEG-1 layer 3 at 44.1 kHz with bit rates that change, and an old tag at
   * the end.
   */
  public static byte[] mp3(int frames) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(ascii("ID3"));
    file.writeBytes(new byte[] {4, 0, 0, 0, 0, 1, 5}); // 133 bytes of tag
    file.writeBytes(new byte[133]);
    int[] kilobits = {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320};
    for (int i = 0; i < frames; i++) {
      int rate = 1 + i % 14;
      int padding = i % 2;
      file.writeBytes(
          new byte[] {(byte) 0xFF, (byte) 0xFB, (byte) (rate << 4 | padding << 1), (byte) 0xC4});
      file.writeBytes(quiet(144_000 * kilobits[rate] / 44_100 + padding - 4));
    }
    file.writeBytes(ascii("TAG"));
    file.writeBytes(new byte[125]);
    return file.toByteArray();
  }

  /** AAC in ADTS frames at 24 kHz. */
  public static byte[] adts(int frames) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    for (int i = 0; i < frames; i++) {
      int length = 7 + 100 + i % 50;
      file.writeBytes(
          new byte[] {
            (byte) 0xFF,
            (byte) 0xF1,
            (byte) (1 << 6 | 6 << 2),
            (byte) (1 << 6 | length >> 11),
            (byte) (length >> 3),
            (byte) (length << 5 | 0x1F),
            (byte) 0xFC
          });
      file.writeBytes(quiet(length - 7));
    }
    return file.toByteArray();
  }

  /** FLAC: a head that claims so many samples, and so many bytes after it. */
  public static byte[] flac(long samples, int samplesPerSecond, int bytes) {
    ByteBuffer file = ByteBuffer.allocate(42 + bytes);
    file.put(ascii("fLaC")).put((byte) 0x80).put((byte) 0).putShort((short) 34);
    file.putShort((short) 4096).putShort((short) 4096).put(new byte[6]);
    file.putInt(samplesPerSecond << 12 | 15 << 4 | (int) (samples >>> 32)).putInt((int) samples);
    return file.put(new byte[16]).put(noise(bytes)).array();
  }

  /** Ogg with Opus: pages of a second each, 312 samples of which the first are not played. */
  public static byte[] opus(int seconds) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ByteBuffer head = ByteBuffer.allocate(19).order(ByteOrder.LITTLE_ENDIAN);
    head.put(ascii("OpusHead")).put((byte) 1).put((byte) 1).putShort((short) 312).putInt(24_000);
    file.writeBytes(page(2, 0, head.array()));
    file.writeBytes(page(0, 0, ascii("OpusTags\0\0\0\0\0\0\0\0")));
    for (int second = 1; second <= seconds; second++) {
      file.writeBytes(page(0, 48_000L * second + 312, noise(4_000)));
      file.writeBytes(page(1, -1, noise(300)));
    }
    return file.toByteArray();
  }

  private static byte[] page(int flags, long samples, byte[] body) {
    int segments = body.length / 255 + 1;
    ByteBuffer page =
        ByteBuffer.allocate(27 + segments + body.length).order(ByteOrder.LITTLE_ENDIAN);
    page.put(ascii("OggS")).put((byte) 0).put((byte) flags).putLong(samples);
    page.putInt(0x5EED).putInt(0).putInt(0).put((byte) segments);
    for (int i = 0; i < segments - 1; i++) {
      page.put((byte) 255);
    }
    return page.put((byte) (body.length % 255)).put(body).array();
  }

  /**
   * MP4 with its head at the end.
   *
   * @param bytes of sound
   */
  public static byte[] mp4(int units, int unitsPerSecond, int bytes) {
    ByteBuffer file = ByteBuffer.allocate(16 + 16 + bytes + 8 + 108);
    file.putInt(16).put(ascii("ftypM4A \0\0\0\0"));
    file.putInt(1).put(ascii("mdat")).putLong(16L + bytes).put(noise(bytes));
    file.putInt(8 + 108).put(ascii("moov"));
    file.putInt(108).put(ascii("mvhd")).putInt(0).putInt(0).putInt(0);
    return file.putInt(unitsPerSecond).putInt(units).array();
  }

  /** WebM as browsers record it: no length, no sizes, a cluster for every second. */
  public static byte[] webm(int seconds) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(bytes(0x1A, 0x45, 0xDF, 0xA3, 0x84, 0x42, 0x86, 0x81, 0x01));
    file.writeBytes(bytes(0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF));
    file.writeBytes(bytes(0x15, 0x49, 0xA9, 0x66, 0x87, 0x2A, 0xD7, 0xB1, 0x83, 0x0F, 0x42, 0x40));
    for (int second = 0; second < seconds; second++) {
      int ticks = 1_000 * second;
      file.writeBytes(
          bytes(0x1F, 0x43, 0xB6, 0x75, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF));
      file.writeBytes(bytes(0xE7, 0x83, ticks >> 16 & 0xFF, ticks >> 8 & 0xFF, ticks & 0xFF));
      for (int at = 0; at < 1_000; at += 250) {
        file.writeBytes(bytes(0xA3, 0x40, 0xC8, 0x81, at >> 8, at & 0xFF, 0x80));
        file.writeBytes(noise(200 - 4));
      }
    }
    return file.toByteArray();
  }

  /** Sound in which nothing looks like the head of a frame. */
  private static byte[] quiet(int bytes) {
    byte[] quiet = noise(bytes);
    for (int i = 0; i < bytes; i++) {
      quiet[i] &= 0x7F;
    }
    return quiet;
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }
}
