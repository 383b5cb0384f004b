package dev.tollgate.metering;

import dev.tollgate.metering.JsonPaths.Node;
import dev.tollgate.metering.JsonPaths.Want;
import dev.tollgate.metering.JsonString.Sink;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads one JSON document from any cut of its bytes, without a tree and without holding more than a
 * key, a number or a wanted string of bounded length. Strict about the grammar, but never throws:
 * at the first fault it stops, and what it has said until then stands. Not for use by two threads.
 */
public final class JsonScanner {
  private static final int VALUE = 0;
  private static final int FIRST_ELEMENT = 1;
  private static final int KEY = 2;
  private static final int FIRST_KEY = 3;
  private static final int COLON = 4;
  private static final int AFTER_VALUE = 5;
  private static final int STRING = 6;
  private static final int ESCAPE = 7;
  private static final int UNICODE = 8;
  private static final int BARE_WORD = 9;
  private static final int DONE = 10;
  private static final int BROKEN = 11;

  private static final int NO_ID = JsonPaths.NO_ID;
  private static final boolean[] IS_BARE = new boolean[256];

  static {
    for (char c :
        "+-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".toCharArray()) {
      IS_BARE[c] = true;
    }
  }

  private final Node root;
  private final JsonListener listener;
  private final int depthMax;
  private final JsonString string;

  private int state = VALUE;
  private boolean isMalformed;
  private boolean isTooDeep;

  /** Of the window being scanned: a byte's offset less its index. */
  private long shift;

  private int depth;
  private Node[] nodes = new Node[16];
  private final long[] isObject;
  private Node node = Node.NOTHING;
  private Node valueNode;

  private long valueOffset;
  private long memberOffset;
  private long commaOffset;
  private boolean isFirstMember;
  private int followedId = NO_ID;

  private boolean isInKey;

  /**
   * @param depthMax how deep arrays and objects may be nested
   * @param stringBytesMax of a wanted string, a key or a number; longer ones are cut
   */
  public JsonScanner(JsonPaths paths, JsonListener listener, int depthMax, int stringBytesMax) {
    this.root = paths.root();
    this.listener = listener;
    this.depthMax = depthMax;
    this.string = new JsonString(listener, stringBytesMax);
    this.isObject = new long[(depthMax >>> 6) + 1];
    this.valueNode = root;
  }

  /** Forgets the document and begins another. */
  public void reset() {
    state = VALUE;
    isMalformed = false;
    isTooDeep = false;
    depth = 0;
    node = Node.NOTHING;
    valueNode = root;
    followedId = NO_ID;
  }

  /** Whether one whole document, and nothing else, has been read. */
  public boolean isDone() {
    return state == DONE;
  }

  /** Whether an object or an array has begun, and not ended: what came of it is sound. */
  public boolean isInside() {
    return depth > 0 && state != BROKEN;
  }

  /** Whether anything was not as JSON has it; if so, what followed may not have been read. */
  public boolean isMalformed() {
    return isMalformed;
  }

  public boolean isTooDeep() {
    return isTooDeep;
  }

  /**
   * While {@code begin} is being told of a value in an object: where its member can be cut off,
   * which is at the comma before it, or at its key if it is the first.
   */
  public long memberOffset() {
    return memberOffset;
  }

  /** While {@code begin} is being told of a value in an object: whether no member precedes it. */
  public boolean isFirstMember() {
    return isFirstMember;
  }

  /**
   * Reads on.
   *
   * @param offset of the byte at {@code from}
   */
  public void scan(byte[] bytes, int from, int to, long offset) {
    shift = offset - from;
    int at = from;
    while (at < to) {
      at =
          switch (state) {
            case VALUE, FIRST_ELEMENT -> value(bytes, at, to);
            case KEY, FIRST_KEY -> key(bytes, at, to);
            case COLON -> colon(bytes[at], at);
            case AFTER_VALUE -> afterValue(bytes[at], at);
            case STRING -> string(bytes, at, to);
            case ESCAPE -> escape(bytes[at], at);
            case UNICODE -> unicode(bytes[at], at);
            case BARE_WORD -> bareWord(bytes, at, to);
            case DONE -> isSpace(bytes[at]) ? at + 1 : broken(to);
            default -> to;
          };
    }
  }

  private int value(byte[] bytes, int at, int to) {
    byte first = bytes[at];
    if (first == '"') {
      valueOffset = shift + at;
      begin(JsonType.STRING);
      return openString(bytes, at + 1, to, sinkOf(valueNode), valueNode.id, false);
    }
    if (IS_BARE[first & 0xff]) {
      valueOffset = shift + at;
      string.begin(Sink.CAPTURE, NO_ID);
      state = BARE_WORD;
      return bareWord(bytes, at, to);
    }
    if (first == '{' || first == '[') {
      valueOffset = shift + at;
      return open(first == '{', at, to);
    }
    if (first == ']' && state == FIRST_ELEMENT) {
      return close(at);
    }
    return isSpace(first) || isByteOrderMark(first) ? at + 1 : broken(to);
  }

  private static Sink sinkOf(Node node) {
    return switch (node.want) {
      case TEXT -> Sink.TEXT;
      case STRING -> Sink.CAPTURE;
      default -> Sink.NONE;
    };
  }

  private int key(byte[] bytes, int at, int to) {
    byte first = bytes[at];
    if (first == '"') {
      isFirstMember = state == FIRST_KEY;
      memberOffset = isFirstMember ? shift + at : commaOffset;
      if (followedId != NO_ID) {
        follow(shift + at);
      }
      return openKey(bytes, at + 1, to);
    }
    if (first == '}' && state == FIRST_KEY) {
      return close(at);
    }
    return isSpace(first) ? at + 1 : broken(to);
  }

  private int openKey(byte[] bytes, int from, int to) {
    if (node.isBlind()) {
      valueNode = node.anyKey;
      Sink sink = node.keyTextId == NO_ID ? Sink.NONE : Sink.TEXT;
      return openString(bytes, from, to, sink, node.keyTextId, true);
    }
    int end = ByteSearch.quoteOrBackslash(bytes, from, to);
    if (end < to && bytes[end] == '"') {
      keyIs(bytes, from, end);
      if (end + 1 < to && bytes[end + 1] == ':') {
        state = VALUE; // nearly always: spares a round
        return end + 2;
      }
      state = COLON;
      return end + 1;
    }
    return openString(bytes, from, to, Sink.CAPTURE, NO_ID, true);
  }

  private void keyIs(byte[] bytes, int from, int to) {
    valueNode = node.child(bytes, from, to);
    if (valueNode == node.anyKey && node.keyTextId != NO_ID) {
      listener.text(node.keyTextId, bytes, from, to);
    }
    if (node.isGuarded && valueNode == node.anyKey) {
      String key = new String(bytes, from, to - from, StandardCharsets.UTF_8);
      if (node.isLookalike(key)) {
        listener.lookalike(key);
      }
    }
  }

  private int colon(byte next, int at) {
    if (next == ':') {
      state = VALUE;
    } else if (!isSpace(next)) {
      broken(at);
    }
    return at + 1;
  }

  private int afterValue(byte next, int at) {
    if (next == ',') {
      commaOffset = shift + at;
      if (isInObject()) {
        state = KEY;
      } else {
        state = VALUE;
        valueNode = node.element;
      }
      return at + 1;
    }
    if ((next == '}' && isInObject()) || (next == ']' && !isInObject())) {
      if (followedId != NO_ID) {
        follow(shift + at);
      }
      return close(at);
    }
    if (!isSpace(next)) {
      broken(at);
    }
    return at + 1;
  }

  private void follow(long offset) {
    int id = followedId;
    followedId = NO_ID;
    listener.next(id, offset);
  }

  private int open(boolean isObjectOpened, int at, int to) {
    if (depth == depthMax) {
      isTooDeep = true;
      return broken(to);
    }
    begin(isObjectOpened ? JsonType.OBJECT : JsonType.ARRAY);
    depth++;
    if (depth == nodes.length) {
      nodes = Arrays.copyOf(nodes, 2 * depth);
    }
    node = valueNode;
    nodes[depth] = node;
    long bit = 1L << depth;
    if (isObjectOpened) {
      isObject[depth >>> 6] |= bit;
      state = FIRST_KEY;
    } else {
      isObject[depth >>> 6] &= ~bit;
      state = FIRST_ELEMENT;
      valueNode = node.element;
    }
    return at + 1;
  }

  private int close(int at) {
    Node closed = node;
    depth--;
    node = depth == 0 ? Node.NOTHING : nodes[depth];
    valueEnded(closed, shift + at + 1);
    return at + 1;
  }

  private boolean isInObject() {
    return (isObject[depth >>> 6] & (1L << depth)) != 0;
  }

  private void begin(JsonType type) {
    if (valueNode.id != NO_ID) {
      listener.begin(valueNode.id, type, valueOffset);
    }
  }

  private void valueEnded(Node ended, long offset) {
    state = depth == 0 ? DONE : AFTER_VALUE;
    if (ended.id != NO_ID) {
      listener.end(ended.id, offset);
      if (ended.want == Want.MEMBER && depth > 0 && isInObject()) {
        followedId = ended.id;
      }
    }
  }

  private int openString(byte[] bytes, int from, int to, Sink sink, int textId, boolean isKey) {
    string.begin(sink, textId);
    isInKey = isKey;
    state = STRING;
    return string(bytes, from, to);
  }

  private int string(byte[] bytes, int from, int to) {
    int end = ByteSearch.quoteOrBackslash(bytes, from, to);
    string.add(bytes, from, end);
    if (end == to) {
      return to;
    }
    if (bytes[end] == '\\') {
      state = ESCAPE;
      return end + 1;
    }
    string.end();
    if (isInKey) {
      keyEnded();
    } else {
      if (string.sink() == Sink.CAPTURE) {
        listener.string(valueNode.id, string.value(), !string.isCut());
      }
      valueEnded(valueNode, shift + end + 1);
    }
    return end + 1;
  }

  private void keyEnded() {
    if (string.isCut()) {
      valueNode = node.anyKey;
    } else if (!node.isBlind()) {
      keyIs(string.captured(), 0, string.capturedBytes());
    }
    state = COLON;
  }

  private int escape(byte escaped, int at) {
    if (escaped == 'u') {
      string.beginCodeUnit();
      state = UNICODE;
      return at + 1;
    }
    state = STRING;
    return string.addEscaped(escaped) ? at + 1 : broken(at) + 1;
  }

  private int unicode(byte digit, int at) {
    if (!string.addHexDigit(digit)) {
      return broken(at) + 1;
    }
    if (string.isCodeUnitWhole()) {
      state = STRING;
    }
    return at + 1;
  }

  private int bareWord(byte[] bytes, int from, int to) {
    int end = from;
    while (end < to && IS_BARE[bytes[end] & 0xff]) {
      end++;
    }
    if (end < to && string.capturedBytes() == 0) {
      bareWordIs(bytes, from, end, shift + end);
      return end;
    }
    string.add(bytes, from, end);
    if (end < to) {
      bareWordIs(string.captured(), 0, string.capturedBytes(), shift + end);
    }
    return end;
  }

  private void bareWordIs(byte[] bytes, int from, int to, long endOffset) {
    JsonType type = string.isCut() ? JsonType.NUMBER : bareType(bytes, from, to);
    isMalformed |= type == JsonType.INVALID;
    int id = valueNode.id;
    if (id != NO_ID) {
      listener.begin(id, type, valueOffset);
      if (type == JsonType.NUMBER) {
        long value = string.isCut() ? JsonNumber.NOT_WHOLE : numberIs(bytes, from, to);
        boolean isWhole = value != JsonNumber.NOT_WHOLE;
        listener.number(id, isWhole ? value : 0, isWhole);
      }
      if (valueNode.isBareWordText) {
        listener.text(id, bytes, from, to);
      }
    }
    valueEnded(valueNode, endOffset);
  }

  private long numberIs(byte[] bytes, int from, int to) {
    return valueNode.want == Want.ROUNDED_UP
        ? JsonNumber.roundedUp(bytes, from, to)
        : JsonNumber.whole(bytes, from, to);
  }

  private static JsonType bareType(byte[] bytes, int from, int to) {
    byte first = bytes[from];
    if (first == '-' || (first >= '0' && first <= '9')) {
      return JsonNumber.isNumber(bytes, from, to) ? JsonType.NUMBER : JsonType.INVALID;
    }
    int length = to - from;
    if (length == 4 && first == 'n' && is("null", bytes, from)) {
      return JsonType.NULL;
    }
    if (length == 4 && is("true", bytes, from)) {
      return JsonType.TRUE;
    }
    return length == 5 && is("false", bytes, from) ? JsonType.FALSE : JsonType.INVALID;
  }

  private static boolean is(String word, byte[] bytes, int from) {
    for (int i = 0; i < word.length(); i++) {
      if (bytes[from + i] != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSpace(byte value) {
    return value == ' ' || value == '\n' || value == '\r' || value == '\t';
  }

  /** A mark before the document is no part of it. */
  private boolean isByteOrderMark(byte value) {
    return depth == 0 && (value == (byte) 0xEF || value == (byte) 0xBB || value == (byte) 0xBF);
  }

  private int broken(int to) {
    isMalformed = true;
    state = BROKEN;
    return to;
  }
}
