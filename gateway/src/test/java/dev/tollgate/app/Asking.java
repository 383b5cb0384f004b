package dev.tollgate.app;

import java.util.List;

/**
 * How a client asks for a chat, and what a provider says to it that is asked so: five tokens, and
 * in the end that it was 10 tokens in and 20 out.
 */
enum Asking {
  OPENAI_STREAM,
  OPENAI_WHOLE,
  ANTHROPIC_STREAM,
  ANTHROPIC_WHOLE;

  static final List<Asking> ALL = List.of(values());
  static final List<Asking> STREAMS = List.of(OPENAI_STREAM, ANTHROPIC_STREAM);
  static final List<Asking> WHOLES = List.of(OPENAI_WHOLE, ANTHROPIC_WHOLE);

  /** At $0.20 and $0.60 per million tokens. */
  static final long COST_NANO_USD = 10 * 200 + 20 * 600;

  private static final String OPENAI_EVENTS =
      """
      data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m",\
      "choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

      data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m",\
      "choices":[{"index":0,"delta":{"content":"One two three four five"},"finish_reason":null}]}

      """;

  private static final String OPENAI_LAST_EVENTS =
      """
      data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m",\
      "choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

      data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],\
      "usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30}}

      data: [DONE]

      """;

  private static final String ANTHROPIC_EVENTS =
      """
      event: message_start
      data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",\
      "model":"m","content":[],"stop_reason":null,"stop_sequence":null,\
      "usage":{"input_tokens":10,"output_tokens":1}}}

      event: content_block_start
      data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":0,\
      "delta":{"type":"text_delta","text":"One two three four five"}}

      """;

  private static final String ANTHROPIC_LAST_EVENTS =
      """
      event: content_block_stop
      data: {"type":"content_block_stop","index":0}

      event: message_delta
      data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},\
      "usage":{"output_tokens":20}}

      event: message_stop
      data: {"type":"message_stop"}

      """;

  /** As the provider got it, over HTTP/1.1. */
  static Asking of(String request) {
    int path = request.indexOf(' ') + 1;
    return of(request.substring(path, request.indexOf(' ', path)), request);
  }

  static Asking of(String path, String body) {
    boolean isStreamed = body.contains("\"stream\":true");
    return path.endsWith("/messages")
        ? isStreamed ? ANTHROPIC_STREAM : ANTHROPIC_WHOLE
        : isStreamed ? OPENAI_STREAM : OPENAI_WHOLE;
  }

  boolean isStreamed() {
    return STREAMS.contains(this);
  }

  boolean isAnthropics() {
    return this == ANTHROPIC_STREAM || this == ANTHROPIC_WHOLE;
  }

  String path() {
    return isAnthropics() ? "/v1/messages" : "/v1/chat/completions";
  }

  /** A model, or a provider, of that name that speaks this dialect. */
  String named(String name) {
    return isAnthropics() ? name + "-a" : name;
  }

  /**
   * @param said by the user: it has no characters that JSON would escape
   */
  String body(String model, String said) {
    String stream =
        switch (this) {
          case OPENAI_STREAM -> "\"stream\":true,\"stream_options\":{\"include_usage\":true},";
          case ANTHROPIC_STREAM -> "\"stream\":true,";
          case OPENAI_WHOLE, ANTHROPIC_WHOLE -> "";
        };
    return """
    {%s"model":"%s","max_tokens":30,"messages":[{"role":"user","content":"%s"}]}\
    """
        .formatted(stream, named(model), said);
  }

  String contentType() {
    return isStreamed() ? "text/event-stream" : "application/json";
  }

  /** The answer without its end, and without the last figures of its usage. */
  String begun() {
    return switch (this) {
      case OPENAI_STREAM -> OPENAI_EVENTS;
      case ANTHROPIC_STREAM -> ANTHROPIC_EVENTS;
      case OPENAI_WHOLE ->
          """
          {"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,\
          "message":{"role":"assistant","content":"One two three four five"},\
          """;
      case ANTHROPIC_WHOLE ->
          """
          {"id":"msg_1","type":"message","role":"assistant","model":"m",\
          "content":[{"type":"text","text":"One two three four five"}],\
          """;
    };
  }

  /** What is missing there. */
  String rest() {
    return switch (this) {
      case OPENAI_STREAM -> OPENAI_LAST_EVENTS;
      case ANTHROPIC_STREAM -> ANTHROPIC_LAST_EVENTS;
      case OPENAI_WHOLE ->
          """
          "finish_reason":"stop"}],\
          "usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30}}\
          """;
      case ANTHROPIC_WHOLE ->
          """
          "stop_reason":"end_turn","stop_sequence":null,\
          "usage":{"input_tokens":10,"output_tokens":20}}\
          """;
    };
  }

  String answer() {
    return begun() + rest();
  }

  /**
   * What is owed for {@link #begun}, to "Hello": the five tokens, and the input, which OpenAI has
   * not told yet. It is taken to be two tokens for five bytes, and four for a message.
   */
  long begunNanoUsd() {
    return (isAnthropics() ? 10 : 2 + 4) * 200L + 5 * 600L;
  }

  /** A head with its framing, up to the empty line. */
  String head(String framing) {
    return "HTTP/1.1 200 OK\r\ncontent-type: %s\r\nx-request-id: first\r\n%s\r\n\r\n"
        .formatted(contentType(), framing);
  }

  String chunkedHead() {
    return head("transfer-encoding: chunked");
  }

  /** With the length of the whole answer. */
  String sizedHead() {
    return head("content-length: " + answer().length());
  }

  static String chunk(String data) {
    return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
  }
}
