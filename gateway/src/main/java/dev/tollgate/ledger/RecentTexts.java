package dev.tollgate.ledger;

/**
 * Remembers the latest of many texts by hash alone, in bounded memory: at least half of the bound
 * of them. What it takes for known may, very rarely, be another of the same hash.
 */
final class RecentTexts {
  private static final int SLOTS_MIN = 1 << 10;

  private final int generationMax;
  private long[] recent = new long[SLOTS_MIN];
  private long[] before = new long[SLOTS_MIN];
  private int count;

  /**
   * @param textsMax remembered at a time
   */
  RecentTexts(int textsMax) {
    this.generationMax = Math.max(1, textsMax / 2);
  }

  /** Whether it has seemingly been added before. */
  boolean add(String text) {
    long hash = hash(text);
    int place = place(recent, hash);
    if (recent[place] == hash || before[place(before, hash)] == hash) {
      return true;
    }
    if (count >= generationMax) {
      before = recent;
      recent = new long[SLOTS_MIN];
      count = 0;
      place = place(recent, hash);
    }
    recent[place] = hash;
    count++;
    if (count > recent.length / 2) {
      grow();
    }
    return false;
  }

  private void grow() {
    long[] larger = new long[2 * recent.length];
    for (long hash : recent) {
      if (hash != 0) {
        larger[place(larger, hash)] = hash;
      }
    }
    recent = larger;
  }

  /** Where the hash is, or would be. At least half of the slots are empty, which is 0. */
  private static int place(long[] slots, long hash) {
    int place = (int) hash & (slots.length - 1);
    while (slots[place] != 0 && slots[place] != hash) {
      place = (place + 1) & (slots.length - 1);
    }
    return place;
  }

  /** FNV-1a over the characters, then mixed so that the low bits are as good as any; never 0. */
  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
    hash ^= hash >>> 33;
    return hash == 0 ? 1 : hash;
  }
}
