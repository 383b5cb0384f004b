package dev.tollgate.dialect;

import static dev.tollgate.domain.ObjectKind.BATCH;
import static dev.tollgate.domain.ObjectKind.FILE;
import static dev.tollgate.domain.ObjectKind.FINE_TUNING_JOB;
import static dev.tollgate.domain.ObjectKind.RESPONSE;
import static io.netty.handler.codec.http.HttpMethod.DELETE;
import static io.netty.handler.codec.http.HttpMethod.GET;
import static io.netty.handler.codec.http.HttpMethod.POST;

import dev.tollgate.dialect.ObjectAct.Verb;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.Figure;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.Surface;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What OpenAI and those who speak as it does keep for their callers: files, batches, fine-tuning
 * jobs and responses. Batches and jobs report what they have used once they are done; until then
 * their figures are null.
 */
final class OpenAiObjects {
  private static final PromptShape BATCH_BODY =
      PromptShape.builder()
          .modelDefault("")
          .reference("input_file_id", FILE)
          .field("endpoint")
          .build();

  private static final PromptShape JOB_BODY =
      PromptShape.builder()
          .model("model")
          .producesNothing()
          .reference("training_file", FILE)
          .reference("validation_file", FILE)
          .field("method.type")
          .field("hyperparameters.n_epochs")
          .field("method.supervised.hyperparameters.n_epochs")
          .field("method.dpo.hyperparameters.n_epochs")
          .build();

  private static final AnswerShape FILE_ANSWER =
      AnswerShape.of(Surface.OPENAI_BATCHES).object("id", "status").build();

  private static final AnswerShape BATCH_ANSWER =
      AnswerShape.of(Surface.OPENAI_BATCHES)
          .ofMany()
          .object("id", "status")
          .objectFile("output_file_id")
          .objectFile("error_file_id")
          .objectRequests("request_counts.completed", "request_counts.total")
          .usage("usage")
          .figure("usage.input_tokens", Figure.INPUT)
          .alias("usage.prompt_tokens", Figure.INPUT)
          .figure("usage.input_tokens_details.cached_tokens", Figure.CACHE_READ)
          .figure("usage.output_tokens", Figure.OUTPUT)
          .alias("usage.completion_tokens", Figure.OUTPUT)
          .figure("usage.output_tokens_details.reasoning_tokens", Figure.REASONING)
          .build();

  private static final AnswerShape JOB_ANSWER =
      AnswerShape.of(Surface.OPENAI_FINE_TUNING)
          .ofMany()
          .object("id", "status")
          .objectFile("result_files[*]")
          .usage("")
          .figure("trained_tokens", Figure.INPUT)
          .build();

  private final MeterSettings settings;

  private OpenAiObjects(MeterSettings settings) {
    this.settings = settings;
  }

  static List<Endpoint> endpoints(MeterSettings settings) {
    OpenAiObjects all = new OpenAiObjects(settings);
    return List.of(
        all.creating("/files", FILE, all::upload, any -> FILE_ANSWER),
        all.listing("/files", FILE, Set.of("after", "limit", "order", "purpose")),
        all.about(GET, "/files/{id}", FILE, Verb.POLL, any -> FILE_ANSWER),
        all.about(DELETE, "/files/{id}", FILE, Verb.DELETE, null),
        all.about(GET, "/files/{id}/content", FILE, Verb.READ, null),
        all.creating("/batches", BATCH, all.json(BATCH_BODY), any -> BATCH_ANSWER),
        all.listing("/batches", BATCH, Set.of("after", "limit")),
        all.about(GET, "/batches/{id}", BATCH, Verb.POLL, any -> BATCH_ANSWER),
        all.about(POST, "/batches/{id}/cancel", BATCH, Verb.POLL, any -> BATCH_ANSWER),
        all.creating("/fine_tuning/jobs", FINE_TUNING_JOB, all.json(JOB_BODY), any -> JOB_ANSWER),
        all.listing("/fine_tuning/jobs", FINE_TUNING_JOB, Set.of("after", "limit")),
        all.about(GET, "/fine_tuning/jobs/{id}", FINE_TUNING_JOB, Verb.POLL, any -> JOB_ANSWER),
        all.about(
            POST, "/fine_tuning/jobs/{id}/cancel", FINE_TUNING_JOB, Verb.POLL, any -> JOB_ANSWER),
        all.about(GET, "/fine_tuning/jobs/{id}/events", FINE_TUNING_JOB, Verb.READ, null),
        all.about(GET, "/fine_tuning/jobs/{id}/checkpoints", FINE_TUNING_JOB, Verb.READ, null),
        all.about(GET, "/responses/{id}", RESPONSE, Verb.POLL, OpenAiResponses::answer),
        all.about(POST, "/responses/{id}/cancel", RESPONSE, Verb.POLL, OpenAiResponses::answer),
        all.about(GET, "/responses/{id}/input_items", RESPONSE, Verb.READ, null),
        all.about(DELETE, "/responses/{id}", RESPONSE, Verb.DELETE, null));
  }

  private PromptReader upload(RequestHead head) {
    return UploadReader.of(head.contentType(), settings.depthMax());
  }

  private Function<RequestHead, PromptReader> json(PromptShape body) {
    return head -> new JsonPromptReader(body, head, settings.depthMax());
  }

  private Endpoint creating(
      String path,
      ObjectKind kind,
      Function<RequestHead, PromptReader> reader,
      Function<Variant, AnswerShape> answer) {
    return KeptEndpoint.of(POST, path, new ObjectAct(kind, Verb.CREATE), reader, answer, settings);
  }

  private Endpoint listing(String path, ObjectKind kind, Set<String> known) {
    return KeptEndpoint.of(
        GET,
        path,
        new ObjectAct(kind, Verb.LIST),
        head -> new ListQueryReader(head.query(), known),
        null,
        settings);
  }

  private Endpoint about(
      HttpMethod method,
      String path,
      ObjectKind kind,
      Verb verb,
      @Nullable Function<Variant, AnswerShape> answer) {
    return KeptEndpoint.of(
        method, path, new ObjectAct(kind, verb), head -> new BodilessReader(), answer, settings);
  }
}
