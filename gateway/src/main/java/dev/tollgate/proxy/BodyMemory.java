package dev.tollgate.proxy;

/** The bytes of request bodies that one lane holds. Confined to its event loop. */
final class BodyMemory {
  private long heldBytes;

  /** Takes so many bytes, unless that would exceed the bound. */
  boolean take(int bytes, long bytesMax) {
    if (heldBytes + bytes > bytesMax) {
      return false;
    }
    heldBytes += bytes;
    return true;
  }

  void giveBack(int bytes) {
    heldBytes -= bytes;
  }

  long heldBytes() {
    return heldBytes;
  }
}
