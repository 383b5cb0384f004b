package dev.tollgate.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.models.messages.Message;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The official SDKs understand what the fake provider says. */
class FakeProviderSdkTest {
  private FakeProvider provider;
  private SdkCalls sdk;

  @BeforeEach
  void start() throws IOException {
    provider = FakeProvider.start(20);
    URI root = provider.baseUrl().resolve("/");
    sdk = new SdkCalls(URI.create(root.toString().replaceAll("/$", "")), "a-key");
  }

  @AfterEach
  void stop() throws IOException {
    sdk.close();
    provider.close();
  }

  private Served onlyServed() throws Exception {
    return provider.account().await(1).getFirst();
  }

  @Test
  void openAi_chat_isUnderstood() throws Exception {
    ChatCompletion chat = sdk.chat(TestCard.CHAT).validate();
    Served served = onlyServed();
    assertThat(chat.usage()).isPresent();
    assertThat(chat.usage().get().promptTokens()).isEqualTo(served.usage().input());
    assertThat(chat.usage().get().completionTokens()).isEqualTo(served.usage().output());
    assertThat(chat.choices().getFirst().message().content()).isPresent();
    assertThat(served.request().head().field("authorization")).isEqualTo("Bearer a-key");
  }

  @Test
  void openAi_streamedChat_isUnderstood() throws Exception {
    List<ChatCompletionChunk> chunks = sdk.streamedChat(TestCard.CHAT);
    assertThat(chunks).allMatch(chunk -> chunk.usage().isEmpty());
    assertThat(chunks).allMatch(ChatCompletionChunk::isValid);
    assertThat(SdkCalls.text(chunks)).isNotEmpty();
    assertThat(onlyServed().isWhole()).isTrue();
  }

  @Test
  void openAi_streamedChatWithUsage_reportsIt() throws Exception {
    List<ChatCompletionChunk> chunks = sdk.streamedChatWithUsage(TestCard.CHAT);
    assertThat(chunks.getLast().usage()).isPresent();
    assertThat(chunks.getLast().usage().get().completionTokens())
        .isEqualTo(onlyServed().usage().output());
  }

  @Test
  void openAi_embeddings_areUnderstood() throws Exception {
    CreateEmbeddingResponse answer = sdk.embeddings(TestCard.EMBEDDING).validate();
    assertThat(answer.data().getFirst().embedding()).hasSize(8);
    assertThat(answer.usage().promptTokens()).isEqualTo(onlyServed().usage().input());
  }

  @Test
  void anthropic_message_isUnderstood() throws Exception {
    Message message = sdk.message(TestCard.MESSAGES).validate();
    ServedUsage usage = onlyServed().usage();
    assertThat(message.usage().inputTokens()).isEqualTo(usage.freshInput());
    assertThat(message.usage().cacheReadInputTokens()).hasValue(usage.cacheRead());
    assertThat(message.usage().outputTokens()).isEqualTo(usage.output());
    assertThat(onlyServed().request().head().field("authorization")).isEqualTo("Bearer a-key");
  }

  @Test
  void anthropic_streamedMessage_isUnderstood() throws Exception {
    Message message = sdk.streamedMessage(TestCard.MESSAGES).validate();
    assertThat(SdkCalls.text(message)).isNotEmpty();
    assertThat(message.usage().outputTokens()).isEqualTo(onlyServed().usage().output());
    assertThat(onlyServed().isStreamed()).isTrue();
  }
}
