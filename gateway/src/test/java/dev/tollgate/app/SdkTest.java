package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.models.messages.ToolUseBlock;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.completions.Completion;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseOutputItem;
import com.openai.models.responses.ResponseStatus;
import dev.tollgate.provider.SdkCalls;
import dev.tollgate.provider.Served;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.LeakWatch;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.json.JsonMapper;

/**
 * The official SDKs buy through the gateway from the fake provider; in the end the balance is the
 * credit less the provider's own account times the card, to the nano-dollar.
 */
@ExtendWith(LeakWatch.class)
class SdkTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  private SdkCustomer customer;
  private SdkCalls sdk;

  @BeforeEach
  void start() throws Exception {
    customer = SdkCustomer.start(2026, "10");
    sdk = new SdkCalls(customer.gateway().publicUrl(), customer.key());
  }

  @AfterEach
  void stop() throws Exception {
    sdk.close();
    customer.close();
  }

  @Test
  void openAi_chat_isChargedToTheNanoDollar() throws Exception {
    ChatCompletion chat = sdk.chat(TestCard.CHAT);
    customer.assertLedgerAgrees(1);
    Served served = customer.onlyServed();
    assertThat(chat.usage()).isPresent();
    assertThat(chat.usage().get().completionTokens()).isEqualTo(served.usage().output());
  }

  @Test
  void openAi_streamedChat_getsNoUsageThatItDidNotAskFor() throws Exception {
    List<ChatCompletionChunk> chunks = sdk.streamedChat(TestCard.CHAT);
    assertThat(chunks).allMatch(chunk -> chunk.usage().isEmpty());
    assertThat(chunks).noneMatch(chunk -> chunk.choices().isEmpty());
    assertThat(SdkCalls.text(chunks)).isNotEmpty();
    customer.assertLedgerAgrees(1);
  }

  @Test
  void openAi_streamedChatWithUsage_getsIt() throws Exception {
    List<ChatCompletionChunk> chunks = sdk.streamedChatWithUsage(TestCard.CHAT);
    assertThat(chunks.getLast().usage()).isPresent();
    customer.assertLedgerAgrees(1);
  }

  @Test
  void openAi_accumulatedChat_isWholeAndCharged() throws Exception {
    ChatCompletion chat = sdk.accumulatedChat(TestCard.CHAT);
    Served served = customer.provider().account().await(1).getFirst();
    assertThat(chat.usage().orElseThrow().completionTokens()).isEqualTo(served.usage().output());
    assertThat(chat.choices().getFirst().message().content()).isPresent();
    customer.assertLedgerAgrees(1);
  }

  @Test
  void openAi_toolCalls_areCharged() throws Exception {
    List<String> arguments = new ArrayList<>(sdk.chatToolCalls(TestCard.CHAT));
    arguments.addAll(sdk.responseToolCalls(TestCard.RESPONSE));
    assertThat(arguments)
        .hasSize(4)
        .allSatisfy(json -> assertThat(JSON.readTree(json).has("gate")).isTrue());
    customer.assertLedgerAgrees(4);
  }

  @Test
  void openAi_structuredOutputs_areCharged() throws Exception {
    assertThat(sdk.structuredChat(TestCard.CHAT).pence).isEqualTo(3);
    assertThat(sdk.structuredResponse(TestCard.RESPONSE).pence).isEqualTo(3);
    customer.assertLedgerAgrees(2);
  }

  @Test
  void openAi_completions_areChargedToTheNanoDollar() throws Exception {
    assertThat(sdk.completion(TestCard.COMPLETION).choices()).hasSize(2);
    List<Completion> chunks = sdk.streamedCompletion(TestCard.COMPLETION);
    assertThat(chunks).allMatch(chunk -> chunk.usage().isEmpty());
    assertThat(chunks).noneMatch(chunk -> chunk.choices().isEmpty());
    customer.assertLedgerAgrees(2);
  }

  @Test
  void openAi_responses_areChargedToTheNanoDollar() throws Exception {
    for (int i = 1; i <= 10; i++) {
      Response response =
          i % 2 == 0 ? sdk.response(TestCard.RESPONSE) : sdk.streamedResponse(TestCard.RESPONSE);
      Served served = customer.provider().account().await(i).getLast();
      assertThat(response.usage().orElseThrow().outputTokens()).isEqualTo(served.usage().output());
      assertThat(response.output().stream().filter(ResponseOutputItem::isWebSearchCall))
          .hasSize((int) served.usage().count("web_search"));
      assertThat(SdkCalls.text(response)).isNotNull();
    }
    customer.assertLedgerAgrees(10);
  }

  @Test
  void openAi_aResponseInTheBackground_isHeldAndNotChargedUntilItIsDone() throws Exception {
    Response promise = sdk.backgroundResponse(TestCard.RESPONSE);
    assertThat(promise.status()).contains(ResponseStatus.QUEUED);
    assertThat(promise.usage()).isEmpty();
    assertThat(customer.gateway().spentNanoUsd(customer.key())).isZero();
    assertThat(customer.gateway().heldNanoUsd(customer.key())).isPositive();
  }

  @Test
  void openAi_moderations_areChargedByTheRequest() throws Exception {
    assertThat(sdk.moderation(TestCard.MODERATION).results()).hasSize(1);
    customer.assertLedgerAgrees(1);
  }

  @Test
  void openAi_embeddings_areChargedToTheNanoDollar() throws Exception {
    assertThat(sdk.embeddings(TestCard.EMBEDDING).data()).hasSize(1);
    customer.assertLedgerAgrees(1);
  }

  @Test
  void anthropic_message_isChargedToTheNanoDollar() throws Exception {
    assertThat(SdkCalls.text(sdk.message(TestCard.MESSAGES))).isNotEmpty();
    customer.assertLedgerAgrees(1);
  }

  @Test
  void anthropic_streamedMessage_isChargedToTheNanoDollar() throws Exception {
    assertThat(SdkCalls.text(sdk.streamedMessage(TestCard.MESSAGES))).isNotEmpty();
    customer.assertLedgerAgrees(1);
  }

  @Test
  void anthropic_structuredMessage_isReadAndChargedToTheNanoDollar() throws Exception {
    assertThat(sdk.structuredMessage(TestCard.MESSAGES).place).isNotEmpty();
    customer.assertLedgerAgrees(1);
  }

  @Test
  void anthropic_streamedToolUse_isReadAndChargedToTheNanoDollar() throws Exception {
    ToolUseBlock call = sdk.streamedToolUse(TestCard.MESSAGES);
    assertThat(call.name()).isEqualTo("toll_at");
    assertThat(call._input().toString()).contains("place");
    customer.assertLedgerAgrees(1);
  }

  @Test
  void anthropic_countTokens_isFree() throws Exception {
    assertThat(sdk.countTokens(TestCard.MESSAGES)).isPositive();
    sdk.message(TestCard.MESSAGES);
    customer.assertLedgerAgrees(2);
  }

  @Test
  void everyKindOfCall_manyTimes_addsUp() throws Exception {
    int rounds = 10;
    for (int i = 0; i < rounds; i++) {
      sdk.chat(TestCard.CHAT);
      sdk.streamedChat(TestCard.CHAT);
      sdk.streamedChatWithUsage(TestCard.CHAT);
      sdk.chatToolCalls(TestCard.CHAT);
      sdk.completion(TestCard.COMPLETION);
      sdk.streamedCompletion(TestCard.COMPLETION);
      sdk.response(TestCard.RESPONSE);
      sdk.streamedResponse(TestCard.RESPONSE);
      sdk.moderation(TestCard.MODERATION);
      sdk.embeddings(TestCard.EMBEDDING);
      sdk.message(TestCard.MESSAGES);
      sdk.streamedMessage(TestCard.MESSAGES);
      sdk.structuredMessage(TestCard.MESSAGES);
      sdk.streamedToolUse(TestCard.MESSAGES);
      sdk.countTokens(TestCard.MESSAGES);
    }
    customer.assertLedgerAgrees(16 * rounds);
  }
}
