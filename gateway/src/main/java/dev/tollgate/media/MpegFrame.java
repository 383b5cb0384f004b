package dev.tollgate.media;

import org.jspecify.annotations.Nullable;

/**
 * A frame of MPEG audio, layers 1 to 3 (ISO 11172-3 and 13818-3), as its head describes it.
 *
 * @param bytes of the whole frame
 */
record MpegFrame(int bytes, int samples, int samplesPerSecond) {
  static final int HEAD_BYTES = 4;

  /** In kbit/s, by layer and by whether it is MPEG-1; 0 where it is left open or forbidden. */
  private static final int[] LAYER_1 = {
    0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0
  };

  private static final int[] LAYER_2 = {
    0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0
  };
  private static final int[] LAYER_3 = {
    0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0
  };
  private static final int[] LAYER_1_LOW = {
    0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0
  };
  private static final int[] LAYERS_2_AND_3_LOW = {
    0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0
  };
  private static final int[] SAMPLES_PER_SECOND = {44_100, 48_000, 32_000};

  /** Null where no frame begins. */
  static @Nullable MpegFrame at(byte[] bytes, int from) {
    int head = (int) AudioWalk.bigEndian(bytes, from, HEAD_BYTES);
    int version = head >>> 19 & 0x3; // 0: 2.5, 2: 2, 3: 1
    int layer = 4 - (head >>> 17 & 0x3);
    int rate = head >>> 10 & 0x3;
    if (head >>> 21 != 0x7FF || version == 1 || layer == 4 || rate == 3) {
      return null;
    }
    boolean isFirst = version == 3;
    int kilobits = kilobits(isFirst, layer)[head >>> 12 & 0xF];
    if (kilobits == 0) {
      return null;
    }
    int perSecond = SAMPLES_PER_SECOND[rate] >> (isFirst ? 0 : version == 2 ? 1 : 2);
    int padding = head >>> 9 & 0x1;
    int samples = layer == 1 ? 384 : layer == 3 && !isFirst ? 576 : 1152;
    int length =
        layer == 1
            ? (12_000 * kilobits / perSecond + padding) * 4
            : samples / 8 * 1000 * kilobits / perSecond + padding;
    return new MpegFrame(length, samples, perSecond);
  }

  private static int[] kilobits(boolean isFirst, int layer) {
    if (!isFirst) {
      return layer == 1 ? LAYER_1_LOW : LAYERS_2_AND_3_LOW;
    }
    return switch (layer) {
      case 1 -> LAYER_1;
      case 2 -> LAYER_2;
      default -> LAYER_3;
    };
  }
}
