package dev.tollgate.metering;

import dev.tollgate.metering.JsonPaths.Want;
import java.util.ArrayList;
import java.util.List;

/**
 * What a server of OpenAI's Realtime API says: of which type its events are, which response they
 * belong to, what they deliver, and in {@code response.done} the usage. Not for use by two threads.
 */
public final class ServerEvents extends SocketEvent {
  private static final int TYPE = 0;
  private static final int RESPONSE_ID = 1;
  private static final int DELTA = 2;
  private static final int USAGE = 3;
  private static final int FIRST_FIGURE = 4;
  private static final String DONE = "response.done";
  private static final String AUDIO_DELTA = "audio.delta";

  /** Beyond any context: a slip, or a lie. */
  private static final long FIGURE_MAX = 1_000_000_000L;

  private static final List<Figure> FIGURES = new ArrayList<>();
  private static final JsonPaths PATHS = paths();

  private final Figures figures = new Figures();
  private final TextSample delta;
  private String responseId = "";
  private boolean hasUsage;
  private boolean isStrange;
  private long deltaBytes;

  public ServerEvents(MeterSettings settings) {
    super(PATHS, settings);
    this.delta = new TextSample(settings.sampleBytesMax());
  }

  private static JsonPaths paths() {
    JsonPaths.Builder paths =
        JsonPaths.builder()
            .want("type", TYPE, Want.STRING)
            .want("response_id", RESPONSE_ID, Want.STRING)
            .want("response.id", RESPONSE_ID, Want.STRING)
            .want("delta", DELTA, Want.TEXT)
            .want("response.usage", USAGE, Want.PLACE);
    figure(paths, "input_tokens", Figure.INPUT);
    figure(paths, "input_token_details.cached_tokens", Figure.CACHE_READ);
    figure(paths, "input_token_details.audio_tokens", Figure.AUDIO_INPUT);
    figure(paths, "input_token_details.image_tokens", Figure.IMAGE_INPUT);
    String cached = "input_token_details.cached_tokens_details.";
    figure(paths, cached + "audio_tokens", Figure.CACHED_AUDIO);
    figure(paths, cached + "image_tokens", Figure.CACHED_IMAGE);
    figure(paths, "output_tokens", Figure.OUTPUT);
    figure(paths, "output_token_details.audio_tokens", Figure.AUDIO_OUTPUT);
    figure(paths, "output_token_details.reasoning_tokens", Figure.REASONING);
    return paths.build();
  }

  private static void figure(JsonPaths.Builder paths, String path, Figure figure) {
    paths.want("response.usage." + path, FIRST_FIGURE + FIGURES.size(), Want.PLACE);
    FIGURES.add(figure);
  }

  @Override
  public void begin() {
    super.begin();
    figures.clear();
    delta.cutTo(0);
    deltaBytes = 0;
    responseId = "";
    hasUsage = false;
    isStrange = false;
  }

  /** Which response it is about; empty where it does not say. */
  public String responseId() {
    return responseId;
  }

  /** Adds to a turn what the event, which has ended, says of it. */
  public void addTo(TurnMeter turn) {
    if (type().equals(DONE)) {
      turn.done(figures, hasUsage, isStrange || !isWhole());
    } else if (type().endsWith(AUDIO_DELTA)) {
      turn.delivered(0, deltaBytes, DeliveredText.NOTHING);
    } else if (deltaBytes > 0) {
      turn.delivered(deltaBytes, 0, delta.delivered());
    }
  }

  @Override
  public void string(int id, String value, boolean isWhole) {
    if (id == TYPE && isWhole) {
      type(value);
    } else if (id == RESPONSE_ID && isWhole) {
      responseId = value;
    }
  }

  @Override
  public void text(int id, byte[] bytes, int from, int to) {
    deltaBytes += to - from;
    if (!type().endsWith(AUDIO_DELTA)) {
      delta.add(bytes, from, to);
    }
  }

  @Override
  public void begin(int id, JsonType type, long offset) {
    if (id == USAGE) {
      hasUsage = type == JsonType.OBJECT;
      isStrange |= !hasUsage && type != JsonType.NULL;
    } else if (id >= FIRST_FIGURE) {
      isStrange |= type != JsonType.NUMBER && type != JsonType.NULL;
    }
  }

  @Override
  public void number(int id, long value, boolean isWhole) {
    if (id < FIRST_FIGURE) {
      return;
    }
    if (!isWhole || value < 0 || value > FIGURE_MAX) {
      isStrange = true;
    } else {
      figures.set(FIGURES.get(id - FIRST_FIGURE).index(), value);
    }
  }
}
