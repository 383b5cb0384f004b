package dev.tollgate.metering;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;

/** Writes down what a scanner says, with text in one piece whatever the pieces were. */
final class JsonRecorder implements JsonListener {
  private final List<String> events = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private final java.io.ByteArrayOutputStream pieces = new java.io.ByteArrayOutputStream();

  List<String> events() {
    flushText();
    return events;
  }

  /** All text in one. */
  String text() {
    flushText();
    return text.toString();
  }

  @Override
  public void begin(int id, JsonType type, long offset) {
    add("begin " + id + " " + type + " " + offset);
  }

  @Override
  public void text(int id, byte[] bytes, int from, int to) {
    pieces.write(bytes, from, to - from);
  }

  @Override
  public void string(int id, String value, boolean isWhole) {
    add("string " + id + " " + value + " " + isWhole);
  }

  @Override
  public void number(int id, long value, boolean isWhole) {
    add("number " + id + " " + value + " " + isWhole);
  }

  @Override
  public void end(int id, long offset) {
    add("end " + id + " " + offset);
  }

  @Override
  public void next(int id, long offset) {
    add("next " + id + " " + offset);
  }

  @Override
  public void lookalike(String key) {
    add("lookalike " + key);
  }

  private void add(String event) {
    flushText();
    events.add(event);
  }

  private void flushText() {
    if (pieces.size() > 0) {
      String piece = pieces.toString(UTF_8);
      text.append(piece);
      events.add("text " + piece);
      pieces.reset();
    }
  }
}
