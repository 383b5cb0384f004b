package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.domain.Usage;
import dev.tollgate.metering.Edit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks for, as far as the purchase needs to know.
 *
 * @param model as the client names it; empty where the endpoint's requests name none
 * @param modelPlace where the body names it
 * @param isStreamed whether an event stream is asked for
 * @param isUsageAsked whether the client itself asked for usage in the stream
 * @param usageEdits what to change in the body so that a stream reports its usage; empty where it
 *     does so anyway, or where this is no stream
 * @param outputTokensMax the request's own cap for one answer, the largest if it names several; 0
 *     where nothing is produced that costs; null when it names none
 * @param answers how many answers are asked for ({@code n}, {@code best_of}): at least 1
 * @param textBytes of prompt text, tools and schemas included, base64 of images and audio not; each
 *     weighed, so that they are as many bytes of plain text as make about as many tokens
 * @param messages for the overhead that each carries
 * @param images in the prompt whose size is not known, and other parts that are no text: audio,
 *     files
 * @param imageTokens of the images whose size is known
 * @param countedTokens that are known one by one: given as numbers, added by the provider
 * @param units of things that cost a fee each, and of tokens that are no text, what the request
 *     itself tells, at most: images to make, characters to speak, seconds of sound. Charged where
 *     the answer does not count them
 * @param serviceTier the tier asked for; null when none is named
 * @param hasStoredInput whether the provider adds to the input what it has stored: an earlier
 *     response, a conversation. How much that is nobody here knows
 * @param keeping what it says of things that the provider keeps
 */
public record Prompt(
    String model,
    ModelPlace modelPlace,
    boolean isStreamed,
    boolean isUsageAsked,
    List<Edit> usageEdits,
    @Nullable Long outputTokensMax,
    long answers,
    long textBytes,
    int messages,
    int images,
    long imageTokens,
    long countedTokens,
    Usage units,
    @Nullable String serviceTier,
    boolean hasStoredInput,
    Keeping keeping) {

  /** Of a request that has all of its input in it, and says nothing of what the provider keeps. */
  public Prompt(
      String model,
      ModelPlace modelPlace,
      boolean isStreamed,
      boolean isUsageAsked,
      List<Edit> usageEdits,
      @Nullable Long outputTokensMax,
      long answers,
      long textBytes,
      int messages,
      int images,
      Usage units,
      @Nullable String serviceTier) {
    this(
        model,
        modelPlace,
        isStreamed,
        isUsageAsked,
        usageEdits,
        outputTokensMax,
        answers,
        textBytes,
        messages,
        images,
        0,
        0,
        units,
        serviceTier,
        false,
        Keeping.NONE);
  }

  /** Where a request's body names its model. */
  public sealed interface ModelPlace {
    /** Nowhere: the path does, or nothing. */
    record Elsewhere() implements ModelPlace {}

    /**
     * A JSON string.
     *
     * @param offset of its opening quote
     * @param bytes quotes included
     */
    record InJson(int offset, int bytes) implements ModelPlace {}

    /**
     * Nowhere, because the endpoint has a default; a JSON member can be put in.
     *
     * @param offset after the object's brace
     */
    record Unnamed(int offset) implements ModelPlace {}

    /**
     * Where it names it otherwise than the model is called.
     *
     * @param place of that other name
     */
    record Renamed(ModelPlace place) implements ModelPlace {}

    /** The value of a form's field, as it is. */
    record InForm(int offset, int bytes) implements ModelPlace {}
  }

  /** A request that names no model and costs nothing by itself. */
  static Prompt ofNothing() {
    return new Prompt(
        "", new ModelPlace.Elsewhere(), false, false, List.of(), 0L, 1, 0, 0, 0, Usage.NONE, null);
  }

  /** What is remembered of a request that is paid for later, as far as an estimate needs it. */
  public static Prompt remembered(
      String model, long textBytes, int messages, int images, @Nullable String serviceTier) {
    return new Prompt(
        model,
        new ModelPlace.Elsewhere(),
        false,
        false,
        List.of(),
        null,
        1,
        textBytes,
        messages,
        images,
        Usage.NONE,
        serviceTier);
  }

  Prompt withUnits(Usage told) {
    return with(outputTokensMax, told);
  }

  /**
   * @param tokensMax null where the request names none
   */
  Prompt with(@Nullable Long tokensMax, Usage told) {
    return new Prompt(
        model,
        modelPlace,
        isStreamed,
        isUsageAsked,
        usageEdits,
        tokensMax,
        answers,
        textBytes,
        messages,
        images,
        imageTokens,
        countedTokens,
        told,
        serviceTier,
        hasStoredInput,
        keeping);
  }

  /** The same, for a model that is called this, whatever the request calls it. */
  public Prompt named(String name) {
    return name.equals(model)
        ? this
        : new Prompt(
            name,
            new ModelPlace.Renamed(modelPlace),
            isStreamed,
            isUsageAsked,
            usageEdits,
            outputTokensMax,
            answers,
            textBytes,
            messages,
            images,
            imageTokens,
            countedTokens,
            units,
            serviceTier,
            hasStoredInput,
            keeping);
  }

  /** The same, which says this of things that the provider keeps. */
  Prompt keeping(Keeping kept) {
    return new Prompt(
        model,
        modelPlace,
        isStreamed,
        isUsageAsked,
        usageEdits,
        outputTokensMax,
        answers,
        textBytes,
        messages,
        images,
        imageTokens,
        countedTokens,
        units,
        serviceTier,
        hasStoredInput,
        kept);
  }

  /**
   * What many requests come to that are sold as one: a batch, a training job.
   *
   * @param forModel as the client names it
   * @param inputBytes of all of them, as if they were text
   * @param outputTokens of all of them, at most; 0 where nothing is produced
   */
  public Prompt asOne(String forModel, long inputBytes, long pictures, long outputTokens) {
    return new Prompt(
        forModel,
        new ModelPlace.Elsewhere(),
        false,
        false,
        List.of(),
        outputTokens,
        1,
        inputBytes,
        0,
        (int) Math.min(pictures, Integer.MAX_VALUE),
        0,
        0,
        Usage.NONE,
        null,
        false,
        keeping);
  }

  /** What makes the body name the target's model; empty when it does so already. */
  public Optional<Edit> modelEdit(String targetModel) {
    return targetModel.equals(model) && !(modelPlace instanceof ModelPlace.Renamed)
        ? Optional.empty()
        : edit(modelPlace, targetModel);
  }

  private static Optional<Edit> edit(ModelPlace place, String targetModel) {
    return switch (place) {
      case ModelPlace.Renamed(ModelPlace named) -> edit(named, targetModel);
      case ModelPlace.Elsewhere nowhere -> Optional.empty();
      case ModelPlace.InJson(int offset, int bytes) ->
          Optional.of(new Edit(offset, bytes, JsonOutput.string(targetModel)));
      case ModelPlace.Unnamed(int offset) -> Optional.of(new Edit(offset, 0, member(targetModel)));
      case ModelPlace.InForm(int offset, int bytes) ->
          Optional.of(new Edit(offset, bytes, targetModel.getBytes(UTF_8)));
    };
  }

  private static byte[] member(String model) {
    return ("\"model\":" + new String(JsonOutput.string(model), UTF_8) + ",").getBytes(UTF_8);
  }
}
