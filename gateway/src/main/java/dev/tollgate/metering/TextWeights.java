package dev.tollgate.metering;

import java.util.Arrays;

/**
 * What a byte weighs, by its kind and by the kind of the byte before it, in quarters of a byte of
 * plain text. The figures are calibrated: {@code docs/metering.md} has the corpus, and how far the
 * quotes that come of them are from the true counts.
 *
 * <p>They follow from how the common tokenizers work. Text is cut where letters, digits and signs
 * meet, a space goes with the word behind it but not with a number, a run of spaces is one piece,
 * digits come in groups of one to three, and scripts that are rare in the training data fall apart
 * into bytes.
 */
final class TextWeights {
  static final int KIND_BITS = 5;
  static final int PAIR_MASK = (1 << (2 * KIND_BITS)) - 1;
  static final int QUARTERS_PER_BYTE = 4;

  /** No byte at all: what stands before the first one of a string. */
  static final int START = 0;

  private static final int LOWER = 1;
  private static final int UPPER = 2;
  private static final int DIGIT = 3;
  private static final int SPACE = 4;
  private static final int BREAK = 5;
  private static final int SIGN = 6;

  /** Signs that come in lines: runs of them are few tokens. */
  private static final int RULE = 7;

  // the second and later bytes of a character, told apart where the first does not say the script
  private static final int NEXT = 8;
  private static final int NEXT_80 = 9;
  private static final int NEXT_A4 = 10;
  private static final int NEXT_B8 = 11;
  private static final int NEXT_BA = 12;

  // first bytes, by the scripts that they begin
  private static final int LATIN_1 = 13;
  private static final int LATIN_EXTENDED = 14;
  private static final int GREEK = 15;
  private static final int CYRILLIC = 16;
  private static final int ARMENIAN = 17;
  private static final int HEBREW = 18;
  private static final int ARABIC = 19;
  private static final int ARABIC_EXTENDED = 20;
  private static final int SYRIAC = 21;
  private static final int INDIC = 22;
  private static final int BURMESE = 23;
  private static final int SYMBOL = 24;
  private static final int KANA = 25;
  private static final int HAN = 26;
  private static final int HANGUL = 27;
  private static final int PRIVATE = 28;
  private static final int WIDE = 29;
  private static final int BEYOND = 30;
  private static final int KINDS = 31;

  static final byte[] KIND_OF = kinds();
  static final byte[] QUARTERS = weights();

  private TextWeights() {}

  private static byte[] kinds() {
    byte[] kinds = new byte[256];
    Arrays.fill(kinds, (byte) SIGN);
    Arrays.fill(kinds, 'a', 'z' + 1, (byte) LOWER);
    Arrays.fill(kinds, 'A', 'Z' + 1, (byte) UPPER);
    Arrays.fill(kinds, '0', '9' + 1, (byte) DIGIT);
    kinds[' '] = SPACE;
    for (char lineEnd : "\t\n\r".toCharArray()) {
      kinds[lineEnd] = BREAK;
    }
    for (char rule : "-=_*#~.".toCharArray()) {
      kinds[rule] = RULE;
    }
    Arrays.fill(kinds, 0x80, 0xC0, (byte) NEXT);
    kinds[0x80] = NEXT_80;
    Arrays.fill(kinds, 0xA4, 0xA6, (byte) NEXT_A4);
    Arrays.fill(kinds, 0xB8, 0xBA, (byte) NEXT_B8);
    Arrays.fill(kinds, 0xBA, 0xBC, (byte) NEXT_BA);
    firstBytes(kinds);
    return kinds;
  }

  private static void firstBytes(byte[] kinds) {
    int[][] scripts = {
      {0xC0, LATIN_1},
      {0xC4, LATIN_EXTENDED},
      {0xCE, GREEK},
      {0xD0, CYRILLIC},
      {0xD4, ARMENIAN},
      {0xD6, HEBREW},
      {0xD8, ARABIC},
      {0xDA, ARABIC_EXTENDED},
      {0xDC, SYRIAC},
      {0xE0, INDIC},
      {0xE1, BURMESE},
      {0xE2, SYMBOL},
      {0xE3, KANA},
      {0xE4, HAN},
      {0xEA, HANGUL},
      {0xEE, PRIVATE},
      {0xEF, WIDE},
      {0xF0, BEYOND}
    };
    for (int[] script : scripts) {
      Arrays.fill(kinds, script[0], 256, (byte) script[1]);
    }
  }

  private static byte[] weights() {
    Table table = new Table();
    words(table);
    numbersAndSigns(table);
    spaces(table);
    scripts(table);
    return table.quarters;
  }

  private static void words(Table table) {
    table.of(LOWER, 4).after(DIGIT, 13).after(START, 12);
    table.of(UPPER, 6).after(LOWER, 20).after(DIGIT, 13).after(START, 12);
    table.of(LOWER).after(SPACE, 5).after(BREAK, 6).after(SIGN, 6).after(RULE, 6);
    for (int next = NEXT; next <= NEXT_BA; next++) {
      table.of(LOWER).after(next, 8);
    }
  }

  private static void numbersAndSigns(Table table) {
    table.of(DIGIT, 12).after(SPACE, 20).after(SIGN, 16).after(RULE, 16);
    for (int sign : new int[] {SIGN, RULE}) {
      table.of(sign, 8).after(DIGIT, 9).after(START, 12);
    }
    table.of(RULE).after(RULE, 1);
  }

  private static void spaces(Table table) {
    table.of(SPACE, 4).after(SPACE, 1).after(BREAK, 1);
    table.of(BREAK, 6).after(SPACE, 1).after(BREAK, 1);
  }

  /** A character weighs its first byte, a surcharge on the second one, and 4 for each other. */
  private static void scripts(Table table) {
    int[] nexts = {NEXT, NEXT_80, NEXT_A4, NEXT_B8, NEXT_BA};
    for (int next : nexts) {
      table.of(next, 4);
      table.of(next).after(INDIC, 18).after(BURMESE, 22).after(SYMBOL, 12);
    }
    table.of(NEXT_A4).after(INDIC, 9);
    table.of(NEXT_B8).after(INDIC, 6);
    table.of(NEXT_BA).after(INDIC, 22).after(BURMESE, 8);
    table.of(NEXT_80).after(SYMBOL, 6);
    table.of(LATIN_1, 12);
    table.of(LATIN_EXTENDED, 14);
    table.of(GREEK, 10);
    table.of(CYRILLIC, 5);
    table.of(ARMENIAN, 20);
    table.of(HEBREW, 12);
    table.of(ARABIC, 9);
    table.of(ARABIC_EXTENDED, 14);
    table.of(SYRIAC, 20);
    table.of(INDIC, 4);
    table.of(BURMESE, 4);
    table.of(SYMBOL, 4);
    table.of(KANA, 6);
    table.of(HAN, 13);
    table.of(HANGUL, 10);
    table.of(PRIVATE, 28);
    table.of(WIDE, 8);
    table.of(BEYOND, 28);
  }

  /** Weights while they are being written down: of one kind of byte at a time. */
  private static final class Table {
    private final byte[] quarters = new byte[PAIR_MASK + 1];
    private int kind;

    private Table of(int itsKind) {
      kind = itsKind;
      return this;
    }

    /** Behind whatever. */
    private Table of(int itsKind, int weight) {
      of(itsKind);
      for (int before = 0; before < KINDS; before++) {
        after(before, weight);
      }
      return this;
    }

    private Table after(int before, int weight) {
      quarters[before << KIND_BITS | kind] = (byte) weight;
      return this;
    }
  }
}
