package dev.tollgate.media;

import org.jspecify.annotations.Nullable;

/**
 * How long audio is, told by its bytes as they pass, in any cut. Of WAV, MP3 and AAC the sound
 * itself is measured, and no head can make it shorter. Of others the file tells: a head (FLAC,
 * MP4), or every page and block (Ogg, WebM); it is believed unless so much sound could not fit so
 * little time. Not for use by two threads.
 */
public final class AudioLength {
  /** There is no telling. */
  public static final long UNKNOWN = -1;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** Enough to tell one kind of file from another. */
  private static final int SIGNATURE_BYTES = 12;

  private final byte[] signature = new byte[SIGNATURE_BYTES];
  private long bytes;
  private @Nullable AudioWalk walk;

  /** Reads on. */
  public void read(byte[] piece, int from, int to) {
    int at = from;
    while (bytes < SIGNATURE_BYTES && at < to) {
      signature[(int) bytes++] = piece[at++];
      if (bytes == SIGNATURE_BYTES) {
        walk = walkOver(signature);
      }
    }
    bytes += to - at;
    if (walk != null) {
      walk.read(piece, at, to);
    }
  }

  /** How many bytes have passed. */
  public long bytes() {
    return bytes;
  }

  /**
   * How long the audio that has passed is, up to the next second.
   *
   * @param bytesPerSecond what it is taken for where there is no telling
   */
  public long seconds(long bytesPerSecond) {
    long nanos = walk == null ? UNKNOWN : walk.nanos(bytes);
    return nanos == UNKNOWN
        ? Math.ceilDiv(bytes, bytesPerSecond)
        : Math.ceilDiv(nanos, NANOS_PER_SECOND);
  }

  private static @Nullable AudioWalk walkOver(byte[] signature) {
    AudioWalk walk = walkFrom(signature);
    if (walk != null) {
      walk.read(signature, 0, SIGNATURE_BYTES);
    }
    return walk;
  }

  private static @Nullable AudioWalk walkFrom(byte[] signature) {
    if ((AudioWalk.is("RIFF", signature, 0) || AudioWalk.is("RF64", signature, 0))
        && AudioWalk.is("WAVE", signature, 8)) {
      return new WavWalk();
    }
    if (AudioWalk.is("fLaC", signature, 0)) {
      return new FlacWalk();
    }
    if (AudioWalk.is("OggS", signature, 0)) {
      return new OggWalk();
    }
    if (AudioWalk.is("ftyp", signature, 4)) {
      return new Mp4Walk();
    }
    if (AudioWalk.bigEndian(signature, 0, 4) == WebmWalk.EBML) {
      return new WebmWalk();
    }
    if (AdtsWalk.isHeader(signature, 0)) {
      return new AdtsWalk();
    }
    return AudioWalk.is("ID3", signature, 0) || MpegFrame.at(signature, 0) != null
        ? new MpegWalk()
        : null;
  }
}
