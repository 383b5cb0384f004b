package dev.tollgate.dialect;

import dev.tollgate.metering.JsonListener;
import dev.tollgate.metering.JsonPaths;
import dev.tollgate.metering.JsonPaths.Want;
import dev.tollgate.metering.JsonScanner;
import dev.tollgate.metering.JsonType;
import java.util.BitSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file that may be the input of a batch as it passes: a JSON object on each line, as the
 * providers of OpenAI's dialect take it. Holds nothing of it but what all lines must agree on. The
 * first fault is kept and the rest is only measured: the file may be meant for something else. Not
 * for use by two threads.
 */
final class BatchLineReader implements JsonListener {
  /** As many requests as OpenAI takes in a batch. */
  static final int LINES_MAX = 50_000;

  private static final int WORD_BYTES_MAX = 1024;
  private static final int ANSWERS_MAX = 128;
  private static final long TOKENS_MAX = Integer.MAX_VALUE;

  /** Of tools, the ones that cost nothing beside the tokens. */
  private static final Set<String> FREE_TOOLS = Set.of("function", "custom");

  private static final int LINE = 0;
  private static final int URL = 1;
  private static final int MODEL = 2;
  private static final int BODY = 3;
  private static final int CAP = 4;
  private static final int ANSWERS = 7;
  private static final int TOOL = 9;
  private static final int IMAGE = 10;
  private static final int TOKEN_ID = 11;
  private static final int BARRED = 12;

  /** What a line may not have, since it would be somebody's, or cost more than tokens. */
  private static final String[] BARRED_PATHS = {
    "body.previous_response_id",
    "body.conversation",
    "body.background",
    "body.web_search_options",
    "body.messages[*].content[*].file.file_id",
    "body.input[*].content[*].file_id",
    "body.input[*].output[*].file_id",
  };

  private static final JsonPaths PATHS = paths();

  private final JsonScanner scanner;

  private long lines;
  private long lineBytes;
  private long lineBytesMax;
  private boolean isBlank = true;
  private @Nullable String fault;

  private String url = "";
  private String model = "";
  private long cappedTokens;
  private long uncappedAnswers;
  private long tokenIds;
  private long images;

  // of the line under way
  private final BitSet seen = new BitSet();
  private boolean isObject;
  private long cap;
  private long answers = 1;
  private String lineUrl = "";
  private String lineModel = "";

  BatchLineReader(int depthMax) {
    scanner = new JsonScanner(PATHS, this, depthMax, WORD_BYTES_MAX);
  }

  private static JsonPaths paths() {
    JsonPaths.Builder paths =
        JsonPaths.builder()
            .guarded()
            .want("", LINE, Want.PLACE)
            .want("url", URL, Want.STRING)
            .want("body", BODY, Want.PLACE)
            .want("body.model", MODEL, Want.STRING)
            .want("body.max_tokens", CAP, Want.PLACE)
            .want("body.max_completion_tokens", CAP + 1, Want.PLACE)
            .want("body.max_output_tokens", CAP + 2, Want.PLACE)
            .want("body.n", ANSWERS, Want.PLACE)
            .want("body.best_of", ANSWERS + 1, Want.PLACE)
            .want("body.tools[*].type", TOOL, Want.STRING)
            .want("body.messages[*].content[*].image_url", IMAGE, Want.PLACE)
            .want("body.input[*].content[*].image_url", IMAGE, Want.PLACE)
            .want("body.input[*]", TOKEN_ID, Want.PLACE)
            .want("body.input[*][*]", TOKEN_ID, Want.PLACE)
            .want("body.prompt[*]", TOKEN_ID, Want.PLACE)
            .want("body.prompt[*][*]", TOKEN_ID, Want.PLACE);
    for (int i = 0; i < BARRED_PATHS.length; i++) {
      paths.want(BARRED_PATHS[i], BARRED + i, Want.PLACE);
    }
    return paths.build();
  }

  /** Reads on: the bytes of the file in their order. */
  void read(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      int end = at;
      while (end < to && bytes[end] != '\n') {
        end++;
      }
      part(bytes, at, end);
      if (end < to) {
        endLine();
      }
      at = end + 1;
    }
  }

  private void part(byte[] bytes, int from, int to) {
    lineBytes += to - from;
    for (int at = from; isBlank && at < to; at++) {
      isBlank = bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\r';
    }
    if (fault == null) {
      scanner.scan(bytes, from, to, 0);
    }
  }

  private void endLine() {
    lineBytesMax = Math.max(lineBytesMax, lineBytes);
    if (!isBlank) {
      lines++;
      if (fault == null) {
        judgeLine();
      }
    }
    begin();
  }

  private void judgeLine() {
    if (!scanner.isDone() || scanner.isMalformed() || !isObject) {
      refuse(lines, "is no JSON object");
    } else if (lineUrl.isEmpty() || lineModel.isEmpty()) {
      refuse(lines, "lacks " + (lineUrl.isEmpty() ? "`url`" : "`body.model`"));
    } else if (lines > LINES_MAX) {
      refuse(lines, "is one more than the " + LINES_MAX + " that a batch may have");
    } else if (lines > 1 && !lineUrl.equals(url)) {
      refuse(lines, "has another `url` than the lines before");
    } else if (lines > 1 && !lineModel.equals(model)) {
      refuse(lines, "has another `body.model` than the lines before");
    }
    url = lineUrl;
    model = lineModel;
    cappedTokens += cap * answers;
    uncappedAnswers += cap == 0 ? answers : 0;
  }

  private void begin() {
    scanner.reset();
    seen.clear();
    lineBytes = 0;
    isBlank = true;
    isObject = false;
    cap = 0;
    answers = 1;
    lineUrl = "";
    lineModel = "";
  }

  /** The file is over, with or without a line's end. */
  BatchLines end() {
    endLine();
    if (lines == 0 && fault == null) {
      fault = "The file has no lines.";
    }
    return new BatchLines(
        lines,
        fault == null ? "" : fault,
        url,
        model,
        cappedTokens,
        uncappedAnswers,
        tokenIds,
        images,
        lineBytesMax);
  }

  @Override
  public void begin(int id, JsonType type, long offset) {
    if (id >= BARRED) {
      if (type != JsonType.NULL && type != JsonType.FALSE) {
        refuse("has `" + BARRED_PATHS[id - BARRED] + "`, which a batch may not have here");
      }
    } else if (id < TOOL) {
      if (seen.get(id)) {
        refuse("gives something twice that decides about its price");
      }
      seen.set(id);
    }
    switch (id) {
      case LINE -> isObject = type == JsonType.OBJECT;
      case IMAGE -> images++;
      default -> {}
    }
  }

  @Override
  public void number(int id, long value, boolean isWhole) {
    if (id == TOKEN_ID) {
      tokenIds++;
    } else if (id >= ANSWERS && id < TOOL) {
      if (!isWhole || value < 1 || value > ANSWERS_MAX) {
        refuse("asks for an impossible number of answers");
      }
      answers = Math.max(answers, value);
    } else if (id >= CAP && id < ANSWERS) {
      if (!isWhole || value < 1 || value > TOKENS_MAX) {
        refuse("has a cap of its output that is no number of tokens");
      }
      cap = Math.max(cap, value);
    }
  }

  @Override
  public void string(int id, String value, boolean isWhole) {
    if (!isWhole) {
      refuse("has a name that is too long");
    }
    switch (id) {
      case URL -> lineUrl = value;
      case MODEL -> lineModel = value;
      case TOOL -> {
        if (!FREE_TOOLS.contains(value)) {
          refuse("uses a tool that has no price in a batch: only functions have");
        }
      }
      default -> {}
    }
  }

  @Override
  public void lookalike(String key) {
    refuse("has a field whose case is wrong");
  }

  /** The line under way is counted once it has ended. */
  private void refuse(String why) {
    refuse(lines + 1, why);
  }

  private void refuse(long line, String why) {
    if (fault == null) {
      fault = "Line " + line + " " + why + ".";
    }
  }
}
