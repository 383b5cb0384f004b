package dev.tollgate.metering;

import dev.tollgate.metering.JsonPaths.Want;

/**
 * What a client of OpenAI's Realtime API says: of which type its events are, and how much text
 * there is in them. Not for use by two threads.
 */
public final class ClientEvents extends SocketEvent {
  private static final int TYPE = 0;
  private static final int TEXT = 1;
  private static final int SESSION_TYPE = 2;
  private static final String TRANSCRIPTION = "transcription";

  private static final JsonPaths PATHS =
      JsonPaths.builder()
          .want("type", TYPE, Want.STRING)
          .want("session.type", SESSION_TYPE, Want.STRING)
          .want("item.content[*].text", TEXT, Want.TEXT)
          .want("item.output", TEXT, Want.TEXT)
          .want("session.instructions", TEXT, Want.TEXT)
          .want("response.instructions", TEXT, Want.TEXT)
          .want("response.input[*].content[*].text", TEXT, Want.TEXT)
          .build();

  private long textBytes;
  private boolean isTranscription;

  public ClientEvents(MeterSettings settings) {
    super(PATHS, settings);
  }

  @Override
  public void begin() {
    super.begin();
    isTranscription = false;
  }

  /** Whether it makes the session one that transcribes, and answers nothing. */
  public boolean isTranscription() {
    return isTranscription;
  }

  /** Of all events up to now. */
  public long textBytes() {
    return textBytes;
  }

  @Override
  public void string(int id, String value, boolean isWhole) {
    if (id == TYPE && isWhole) {
      type(value);
    } else if (id == SESSION_TYPE) {
      isTranscription = value.equals(TRANSCRIPTION);
    }
  }

  @Override
  public void text(int id, byte[] bytes, int from, int to) {
    textBytes += to - from;
  }
}
