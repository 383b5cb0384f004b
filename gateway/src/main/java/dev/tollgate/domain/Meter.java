package dev.tollgate.domain;

/**
 * What can be counted and priced. Meters are disjoint: a token lies in exactly one of them (a
 * cached input token is {@link #CACHE_READ}, never {@link #INPUT} too), so that a cost is the plain
 * sum over all of them.
 */
public enum Meter {
  INPUT(Kind.TOKEN),
  CACHE_READ(Kind.TOKEN),
  CACHE_WRITE_5M(Kind.TOKEN),
  CACHE_WRITE_1H(Kind.TOKEN),
  OUTPUT(Kind.TOKEN),
  /** Counted apart from {@link #OUTPUT} only where the card prices it apart. */
  REASONING(Kind.TOKEN),
  AUDIO_INPUT(Kind.TOKEN),
  AUDIO_OUTPUT(Kind.TOKEN),
  IMAGE_INPUT(Kind.TOKEN),
  IMAGE_OUTPUT(Kind.TOKEN),
  REQUEST(Kind.FEE),
  WEB_SEARCH(Kind.FEE),
  IMAGE(Kind.FEE),
  SECOND(Kind.FEE),
  CHARACTER(Kind.FEE),
  SEARCH_UNIT(Kind.FEE);

  /** How a price is meant: nano-USD per million tokens, or nano-USD for each. */
  public enum Kind {
    TOKEN,
    FEE
  }

  public static final int COUNT = values().length;

  private final Kind kind;
  private final String key;

  Meter(Kind kind) {
    this.kind = kind;
    this.key = Spelling.of(this);
  }

  public Kind kind() {
    return kind;
  }

  /** Its place in an array of all meters, below {@link #COUNT}; never stored. */
  @SuppressWarnings("EnumOrdinal") // the one place that turns a meter into an index
  public int index() {
    return ordinal();
  }

  /** Its name in rate cards, events and answers: {@code cache_write_5m}. */
  public String key() {
    return key;
  }

  /** Whether the request alone says how many there are, and the answer has nothing to add. */
  public boolean isToldByRequest() {
    return this == REQUEST || this == CHARACTER;
  }

  /**
   * Whether only an answer can say how many there were: what the request tells is no more than a
   * bound to hold, and never charged.
   */
  public boolean isToldByAnswerAlone() {
    return this == WEB_SEARCH;
  }

  /** Whether its tokens are part of what the caller sent; these choose the price tier. */
  public boolean isInput() {
    return switch (this) {
      case INPUT, CACHE_READ, CACHE_WRITE_5M, CACHE_WRITE_1H, AUDIO_INPUT, IMAGE_INPUT -> true;
      default -> false;
    };
  }

  /** Whether its tokens were produced by the model. */
  public boolean isOutput() {
    return kind == Kind.TOKEN && !isInput();
  }
}
