package dev.tollgate.metering;

import java.util.Random;

/** Makes JSON documents of every kind, with few keys so that paths are met. */
final class RandomJson {
  private static final String[] KEYS = {"a", "b", "key", "\\u0061", "other", "clef \\\"", "é"};
  private static final String[] LETTERS = {
    "x",
    "hello ",
    "\\n",
    "\\\"",
    "\\\\",
    "\\/",
    "\\u00e9",
    "\\ud83d\\ude00",
    "é",
    "😀",
    "{",
    "]",
    ",",
    ":"
  };
  private static final String[] SCALARS = {
    "0", "-1", "12345678901", "0.5", "1e-7", "-2.5E+10", "true", "false", "null"
  };
  private static final String[] BLANKS = {"", "", "", " ", "\n", "\t ", "\r\n"};

  private final Random random;

  RandomJson(Random random) {
    this.random = random;
  }

  String document() {
    return blank() + (random.nextBoolean() ? object(0) : array(0)) + blank();
  }

  private String value(int depth) {
    return switch (random.nextInt(depth > 5 ? 2 : 4)) {
      case 0 -> any(SCALARS);
      case 1 -> string();
      case 2 -> array(depth);
      default -> object(depth);
    };
  }

  /**
   * Keys differ by a number at the end where they are not the first, as another parser wants it.
   */
  private String object(int depth) {
    StringBuilder json = new StringBuilder("{").append(blank());
    int members = random.nextInt(4);
    for (int i = 0; i < members; i++) {
      json.append(i > 0 ? "," + blank() : "");
      json.append('"').append(any(KEYS)).append(i > 0 ? i : "").append('"').append(blank());
      json.append(':').append(blank()).append(value(depth + 1)).append(blank());
    }
    return json.append('}').toString();
  }

  private String array(int depth) {
    StringBuilder json = new StringBuilder("[").append(blank());
    int elements = random.nextInt(4);
    for (int i = 0; i < elements; i++) {
      json.append(i > 0 ? "," : "").append(blank()).append(value(depth + 1)).append(blank());
    }
    return json.append(']').toString();
  }

  private String string() {
    StringBuilder json = new StringBuilder("\"");
    for (int i = random.nextInt(12); i > 0; i--) {
      json.append(any(LETTERS));
    }
    return json.append('"').toString();
  }

  private String blank() {
    return any(BLANKS);
  }

  private String any(String[] choices) {
    return choices[random.nextInt(choices.length)];
  }
}
