package dev.tollgate.provider;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolUseBlock;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.moderations.ModerationCreateParams;
import com.openai.models.moderations.ModerationCreateResponse;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.WebSearchTool;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;

/**
 * Calls by the official SDKs, without retries, of whatever listens at an address: the fake provider
 * itself, or a gateway before it.
 */
public final class SdkCalls implements AutoCloseable {
  private static final String FUNCTION = "open_gate";
  private static final String PROMPT = "How much is the toll for a cart with two horses?";

  private final OpenAIClient openAi;
  private final AnthropicClient anthropic;

  /**
   * @param root without a path; the OpenAI SDK is given its {@code /v1}
   */
  public SdkCalls(URI root, String key) {
    String address = root.toString();
    openAi =
        OpenAIOkHttpClient.builder().baseUrl(address + "/v1").apiKey(key).maxRetries(0).build();
    anthropic = AnthropicOkHttpClient.builder().baseUrl(address).apiKey(key).maxRetries(0).build();
  }

  /**
   * The OpenAI SDK over connections of the test's own making.
   *
   * @param over decides on the protocol
   */
  public SdkCalls(URI root, String key, OkHttpClient over) {
    String address = root.toString();
    openAi =
        OpenAIOkHttpClient.builder()
            .okHttpClient(over)
            .baseUrl(address + "/v1")
            .apiKey(key)
            .maxRetries(0)
            .build();
    anthropic = AnthropicOkHttpClient.builder().baseUrl(address).apiKey(key).maxRetries(0).build();
  }

  private static ChatCompletionCreateParams.Builder chatOf(String model) {
    return ChatCompletionCreateParams.builder()
        .model(model)
        .addSystemMessage("You keep a toll gate.")
        .addUserMessage(PROMPT)
        .maxCompletionTokens(200);
  }

  public ChatCompletion chat(String model) {
    return openAi.chat().completions().create(chatOf(model).build());
  }

  /** All chunks of a stream in which usage was not asked for. */
  public List<ChatCompletionChunk> streamedChat(String model) {
    return chunks(chatOf(model).build());
  }

  /** All chunks of a stream in which usage was asked for. */
  public List<ChatCompletionChunk> streamedChatWithUsage(String model) {
    ChatCompletionStreamOptions options =
        ChatCompletionStreamOptions.builder().includeUsage(true).build();
    return chunks(chatOf(model).streamOptions(options).build());
  }

  private List<ChatCompletionChunk> chunks(ChatCompletionCreateParams request) {
    try (var stream = openAi.chat().completions().createStreaming(request)) {
      return stream.stream().toList();
    }
  }

  /** The text of a stream's first choice. */
  public static String text(List<ChatCompletionChunk> chunks) {
    StringBuilder text = new StringBuilder();
    for (ChatCompletionChunk chunk : chunks) {
      for (ChatCompletionChunk.Choice choice : chunk.choices()) {
        text.append(choice.delta().content().orElse(""));
      }
    }
    return text.toString();
  }

  /** A stream whose usage was asked for, put together by the SDK. */
  public ChatCompletion accumulatedChat(String model) {
    return accumulated(withUsage(chatOf(model)).build());
  }

  private static ChatCompletionCreateParams.Builder withUsage(
      ChatCompletionCreateParams.Builder chat) {
    return chat.streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build());
  }

  private ChatCompletion accumulated(ChatCompletionCreateParams request) {
    ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
    try (var stream = openAi.chat().completions().createStreaming(request)) {
      stream.stream().forEach(chunk -> whole.accumulate(chunk));
    }
    return whole.chatCompletion();
  }

  /** The arguments of the function that the model calls, of a plain answer and of a stream. */
  public List<String> chatToolCalls(String model) {
    FunctionDefinition function = FunctionDefinition.builder().name(FUNCTION).build();
    ChatCompletion plain =
        openAi.chat().completions().create(chatOf(model).addFunctionTool(function).build());
    ChatCompletion streamed =
        accumulated(withUsage(chatOf(model)).addFunctionTool(function).build());
    return Stream.of(plain, streamed)
        .map(chat -> chat.choices().getFirst().message().toolCalls().orElseThrow().getFirst())
        .map(call -> call.asFunction().function().arguments())
        .toList();
  }

  /** What the fake provider answers where it is asked for an object. */
  @SuppressWarnings("NullAway.Init") // by Jackson
  public static final class Toll {
    public String gate;
    public int pence;
  }

  public Toll structuredChat(String model) {
    return openAi
        .chat()
        .completions()
        .create(chatOf(model).responseFormat(Toll.class).build())
        .choices()
        .getFirst()
        .message()
        .content()
        .orElseThrow();
  }

  public Completion completion(String model) {
    return openAi
        .completions()
        .create(
            CompletionCreateParams.builder()
                .model(model)
                .promptOfArrayOfStrings(List.of("Once", "upon a time"))
                .maxTokens(20)
                .build());
  }

  public List<Completion> streamedCompletion(String model) {
    CompletionCreateParams request =
        CompletionCreateParams.builder().model(model).prompt(PROMPT).maxTokens(20).build();
    try (var stream = openAi.completions().createStreaming(request)) {
      return stream.stream().toList();
    }
  }

  private static ResponseCreateParams.Builder responseOf(String model) {
    return ResponseCreateParams.builder()
        .model(model)
        .instructions("You keep a toll gate.")
        .input(PROMPT)
        .maxOutputTokens(200);
  }

  private static ResponseCreateParams.Builder searching(ResponseCreateParams.Builder response) {
    return response.addTool(WebSearchTool.builder().type(WebSearchTool.Type.WEB_SEARCH).build());
  }

  private static ResponseCreateParams.Builder calling(ResponseCreateParams.Builder response) {
    return response.addTool(
        FunctionTool.builder()
            .name(FUNCTION)
            .parameters(
                FunctionTool.Parameters.builder()
                    .putAdditionalProperty("type", JsonValue.from("object"))
                    .build())
            .strict(false)
            .build());
  }

  public Response response(String model) {
    return openAi.responses().create(searching(responseOf(model)).build());
  }

  /** A streamed response, put together by the SDK. */
  public Response streamedResponse(String model) {
    return accumulated(searching(responseOf(model)).build());
  }

  private Response accumulated(ResponseCreateParams request) {
    ResponseAccumulator whole = ResponseAccumulator.create();
    try (var stream = openAi.responses().createStreaming(request)) {
      stream.stream().forEach(event -> whole.accumulate(event));
    }
    return whole.response();
  }

  /** The arguments of the function that the model calls, of a plain answer and of a stream. */
  public List<String> responseToolCalls(String model) {
    Response plain = openAi.responses().create(calling(responseOf(model)).build());
    Response streamed = accumulated(calling(responseOf(model)).build());
    return Stream.of(plain, streamed)
        .flatMap(response -> response.output().stream())
        .flatMap(item -> item.functionCall().stream())
        .map(ResponseFunctionToolCall::arguments)
        .toList();
  }

  public Toll structuredResponse(String model) {
    return openAi.responses().create(responseOf(model).text(Toll.class).build()).output().stream()
        .flatMap(item -> item.message().stream())
        .flatMap(message -> message.content().stream())
        .flatMap(content -> content.outputText().stream())
        .findFirst()
        .orElseThrow();
  }

  public Response backgroundResponse(String model) {
    return openAi.responses().create(responseOf(model).background(true).build());
  }

  public static String text(Response response) {
    StringBuilder text = new StringBuilder();
    response.output().stream()
        .flatMap(item -> item.message().stream())
        .flatMap(message -> message.content().stream())
        .flatMap(content -> content.outputText().stream())
        .forEach(part -> text.append(part.text()));
    return text.toString();
  }

  public ModerationCreateResponse moderation(String model) {
    return openAi
        .moderations()
        .create(ModerationCreateParams.builder().model(model).input(PROMPT).build());
  }

  public CreateEmbeddingResponse embeddings(String model) {
    return openAi
        .embeddings()
        .create(EmbeddingCreateParams.builder().model(model).input(PROMPT).build());
  }

  private static MessageCreateParams messageOf(String model) {
    return MessageCreateParams.builder()
        .model(model)
        .maxTokens(200)
        .system("You keep a toll gate.")
        .addUserMessage(PROMPT)
        .build();
  }

  public Message message(String model) {
    return anthropic.messages().create(messageOf(model));
  }

  /** A streamed message, put together by the SDK. */
  public Message streamedMessage(String model) {
    MessageAccumulator whole = MessageAccumulator.create();
    try (StreamResponse<RawMessageStreamEvent> stream =
        anthropic.messages().createStreaming(messageOf(model))) {
      stream.stream().forEach(event -> whole.accumulate(event));
    }
    return whole.message();
  }

  /** What a message is asked for with a schema to keep, or as the input of a tool. */
  public static final class Place {
    public String place = "";
  }

  /** A message that is to keep a schema. */
  public Place structuredMessage(String model) {
    return anthropic
        .messages()
        .create(messageOf(model).toBuilder().outputConfig(Place.class).build())
        .content()
        .getFirst()
        .asText()
        .text();
  }

  /** The call of a tool, streamed and put together by the SDK. */
  public ToolUseBlock streamedToolUse(String model) {
    Tool.InputSchema.Properties properties =
        Tool.InputSchema.Properties.builder()
            .putAdditionalProperty(
                "place", com.anthropic.core.JsonValue.from(Map.of("type", "string")))
            .build();
    Tool tool =
        Tool.builder()
            .name("toll_at")
            .inputSchema(Tool.InputSchema.builder().properties(properties).build())
            .build();
    MessageCreateParams request = messageOf(model).toBuilder().addTool(tool).build();
    MessageAccumulator whole = MessageAccumulator.create();
    try (StreamResponse<RawMessageStreamEvent> stream =
        anthropic.messages().createStreaming(request)) {
      stream.stream().forEach(event -> whole.accumulate(event));
    }
    return whole.message().content().getFirst().asToolUse();
  }

  /** How many tokens the message would have as its input. */
  public long countTokens(String model) {
    return anthropic
        .messages()
        .countTokens(
            MessageCountTokensParams.builder()
                .model(model)
                .system("You keep a toll gate.")
                .addUserMessage(PROMPT)
                .build())
        .inputTokens();
  }

  public static String text(Message message) {
    StringBuilder text = new StringBuilder();
    message.content().forEach(block -> block.text().ifPresent(part -> text.append(part.text())));
    return text.toString();
  }

  @Override
  public void close() {
    openAi.close();
    anthropic.close();
  }
}
