package dev.tollgate.provider;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
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
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import java.net.URI;
import java.util.List;
import java.util.Map;

/**
 * Calls by the official SDKs, without retries, of whatever listens at an address: the fake provider
 * itself, or a gateway before it.
 */
public final class SdkCalls implements AutoCloseable {
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
            .putAdditionalProperty("place", JsonValue.from(Map.of("type", "string")))
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
