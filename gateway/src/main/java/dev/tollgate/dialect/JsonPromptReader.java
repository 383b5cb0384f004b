package dev.tollgate.dialect;

import dev.tollgate.dialect.PromptShape.Part;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.Usage;
import dev.tollgate.metering.ByteWindows;
import dev.tollgate.metering.JsonListener;
import dev.tollgate.metering.JsonScanner;
import dev.tollgate.metering.JsonType;
import dev.tollgate.metering.ServiceTiers;
import io.netty.buffer.ByteBuf;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request that is one JSON object. What decides about money is read strictly: such a key
 * may come once, in one spelling, with a value of its own type, so that no provider can read it
 * differently. The rest is the provider's business. Owns no buffer.
 */
final class JsonPromptReader implements PromptReader, JsonListener {
  private static final int MODEL_CHARACTERS_MAX = 256;
  private static final int STRING_BYTES_MAX = 4 * MODEL_CHARACTERS_MAX + 1;
  private static final int ANSWERS_MAX = 128;
  private static final long OUTPUT_TOKENS_MAX = Integer.MAX_VALUE;

  private final PromptShape shape;
  private final JsonScanner scanner;
  private final ByteWindows.Scan scan = this::scan;
  private final BitSet seen = new BitSet();
  private final UsageOption usageOption = new UsageOption();
  private final PromptMeasure measure;
  private final SearchTools tools = new SearchTools();
  private final Ranking ranking = new Ranking();
  private final KeepingReader kept = new KeepingReader();

  private long position;
  private long bodyFrom;
  private boolean isObject;
  private Refusal.@Nullable InvalidRequest refusal;
  private @Nullable String model;
  private long modelFrom;
  private long modelTo;
  private boolean isStreamed;
  private @Nullable Long outputTokensMax;
  private long answers = 1;
  private @Nullable String serviceTier;
  private @Nullable String speed;
  private long prompts;
  private boolean hasStored;

  JsonPromptReader(PromptShape shape, RequestHead head, int depthMax) {
    this.shape = shape;
    this.measure = new PromptMeasure(shape.imageRule());
    this.scanner = new JsonScanner(shape.paths(), this, depthMax, STRING_BYTES_MAX);
    this.isStreamed = shape.isStreamed();
    if (shape.isModelInPath()) {
      modelIs(head.pathParameters().getOrDefault("model", ""), true);
    }
    if (shape.producesNothing()) {
      outputTokensMax = 0L;
    }
  }

  @Override
  public void read(ByteBuf piece) {
    ByteWindows.over(piece, scan);
  }

  private void scan(byte[] bytes, int from, int to) {
    scanner.scan(bytes, from, to, position);
    position += to - from;
  }

  @Override
  public Result end() {
    if (scanner.isTooDeep()) {
      refuse("The body is nested too deeply.", null);
    } else if (!scanner.isDone() || scanner.isMalformed()) {
      refusal = new Refusal.InvalidRequest("The body is not valid JSON.", null);
    } else if (!isObject) {
      refuse("The body must be a JSON object.", null);
    }
    String named = model != null ? model : shape.modelDefault();
    if (named == null) {
      refuse("`model` is required.", "model");
    }
    if (refusal != null || named == null) {
      return new Result.Refused(
          refusal == null ? new Refusal.InvalidRequest("No model.", "model") : refusal);
    }
    return new Result.Understood(
        new Prompt(
            named,
            modelPlace(),
            isStreamed,
            usageOption.isAsked(),
            isStreamed && shape.hasUsageOption() ? usageOption.edits() : List.of(),
            outputTokensMax,
            answers * Math.max(1, prompts),
            measure.plainTextBytes() + ranking.textBytes(),
            measure.messages() + ranking.documents(),
            measure.binaries(),
            measure.imageTokens(),
            measure.countedTokens(),
            units(),
            speed == null ? serviceTier : speed,
            hasStored,
            kept.keeping()));
  }

  private Prompt.ModelPlace modelPlace() {
    if (shape.isModelInPath()) {
      return new Prompt.ModelPlace.Elsewhere();
    }
    return model == null
        ? new Prompt.ModelPlace.Unnamed((int) bodyFrom + 1)
        : new Prompt.ModelPlace.InJson((int) modelFrom, (int) (modelTo - modelFrom));
  }

  private Usage units() {
    return Usage.builder()
        .set(Meter.WEB_SEARCH, tools.searchesMax())
        .set(Meter.SEARCH_UNIT, ranking.searchUnits())
        .build();
  }

  @Override
  public void begin(int id, JsonType type, long offset) {
    Part part = shape.part(id);
    if (part.role().isSingle()) {
      if (seen.get(id)) {
        refuse("`" + part.path() + "` is given twice.", part.path());
      }
      seen.set(id);
    }
    switch (part.role()) {
      case BODY -> beginBody(type, offset);
      case MODEL -> {
        modelFrom = offset;
        expect(type == JsonType.STRING, part, "a string");
      }
      case STREAM -> beginStream(type, part);
      case USAGE_OPTIONS -> usageOption.begin(type, offset);
      case USAGE_OPTION -> usageOption.beginOption(type, offset);
      case USAGE_OPTIONS_MEMBER -> usageOption.hasOthers();
      case OUTPUT_TOKENS_MAX, ANSWERS ->
          expect(type == JsonType.NUMBER || type == JsonType.NULL, part, "an integer");
      case PROMPT -> beginPrompt(part, type);
      case STORED -> hasStored |= type != JsonType.NULL;
      case REFUSED -> refuse("`" + part.path() + "` is not offered here.", part.path());
      case TOOL -> tools.begin();
      case SEARCH_TOOL -> tools.search();
      case DOCUMENT -> ranking.beginDocument();
      case REFERENCE, REFERENCES, BINARY_REFERENCE -> beginReference(part, type);
      case FIELD -> kept.beginField(part.path(), type);
      case SERVICE_TIER, SPEED, ONCE, STORED_WORD, TOOL_TYPE, TOOL_USES_MAX -> {}
      case QUERY, DOCUMENT_TEXT -> {}
      default -> measure.begin(part, type);
    }
  }

  private void beginBody(JsonType type, long offset) {
    isObject = type == JsonType.OBJECT;
    bodyFrom = offset;
    usageOption.bodyBegins(offset);
  }

  /** A number is one token of the only prompt there is. */
  private void beginPrompt(Part part, JsonType type) {
    measure.begin(part, type);
    if (type == JsonType.STRING || type == JsonType.ARRAY) {
      prompts++;
    }
  }

  /** What is referred to adds to the input: an earlier response is text, a file is a part. */
  private void beginReference(Part part, JsonType type) {
    expect(type == JsonType.STRING || type == JsonType.NULL, part, "a string");
    if (type == JsonType.STRING) {
      hasStored |= part.kind() == ObjectKind.RESPONSE;
      measure.begin(part, type);
    }
  }

  private void beginStream(JsonType type, Part part) {
    isStreamed = type == JsonType.TRUE;
    expect(isStreamed || type == JsonType.FALSE || type == JsonType.NULL, part, "a boolean");
  }

  @Override
  public void number(int id, long value, boolean isWhole) {
    Part part = shape.part(id);
    switch (part.role()) {
      case OUTPUT_TOKENS_MAX -> {
        boolean isFit = isWhole && value > 0 && value <= OUTPUT_TOKENS_MAX;
        expect(isFit, part, "an integer between 1 and " + OUTPUT_TOKENS_MAX);
        outputTokensMax = Math.max(value, outputTokensMax == null ? 0 : outputTokensMax);
      }
      case ANSWERS -> {
        boolean isFit = isWhole && value > 0 && value <= ANSWERS_MAX;
        expect(isFit, part, "an integer between 1 and " + ANSWERS_MAX);
        answers = Math.max(value, answers);
      }
      case TOOL_USES_MAX -> tools.usesMax(value);
      case FIELD -> kept.number(part.path(), value, isWhole);
      default -> measure.number(part);
    }
  }

  @Override
  public void text(int id, byte[] bytes, int from, int to) {
    Part part = shape.part(id);
    switch (part.role()) {
      case QUERY -> ranking.query(to - from);
      case DOCUMENT, DOCUMENT_TEXT -> ranking.document(to - from);
      default -> measure.text(part, bytes, from, to);
    }
  }

  @Override
  public void string(int id, String value, boolean isWhole) {
    Part part = shape.part(id);
    switch (part.role()) {
      case MODEL -> modelIs(value, isWhole);
      case SERVICE_TIER -> serviceTier = value.isEmpty() ? null : ServiceTiers.named(value);
      case SPEED -> speed = value.equals("standard") ? null : value;
      case TOOL_TYPE -> tools.type(value);
      case FIELD -> kept.field(part.path(), value);
      case REFERENCE, REFERENCES, BINARY_REFERENCE -> {
        if (!kept.reference(part, value, isWhole)) {
          refuse("The body refers to too much, or by too long a name.", part.path());
        }
      }
      case STORED_WORD -> hasStored |= shape.isStoredWord(value);
      default -> measure.string(part, value);
    }
  }

  private void modelIs(String value, boolean isWhole) {
    if (value.isEmpty()) {
      refuse("`model` is empty.", "model");
    } else if (!isWhole || value.length() > MODEL_CHARACTERS_MAX) {
      refuse("`model` is longer than " + MODEL_CHARACTERS_MAX + " characters.", "model");
    }
    model = value;
  }

  @Override
  public void end(int id, long offset) {
    Part part = shape.part(id);
    switch (part.role()) {
      case MODEL -> modelTo = offset;
      case USAGE_OPTIONS -> usageOption.end(offset);
      case USAGE_OPTION -> usageOption.endOption(offset);
      case TOOL -> tools.end();
      case DOCUMENT -> ranking.endDocument();
      default -> measure.end(part);
    }
  }

  @Override
  public void lookalike(String key) {
    refuse("`" + key + "` is not a field of this request; its case is wrong.", key);
  }

  private void expect(boolean isFit, Part part, String what) {
    if (!isFit) {
      refuse("`" + part.path() + "` must be " + what + ".", part.path());
    }
  }

  /** The first fault is the one that is told. */
  private void refuse(String message, @Nullable String param) {
    if (refusal == null) {
      refusal = new Refusal.InvalidRequest(message, param);
    }
  }
}
