package dev.tollgate.dialect;

import dev.tollgate.metering.Edit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks for, as far as the purchase needs to know.
 *
 * @param model as the client names it
 * @param modelOffset where the JSON string of the model begins in the body, its opening quote
 * @param modelBytes how long that string is, quotes included
 * @param isStreamed whether an event stream is asked for
 * @param isUsageAsked whether the client itself asked for usage in the stream
 * @param usageEdits what to change in the body so that a stream reports its usage; empty where it
 *     does so anyway, or where this is no stream
 * @param outputTokensMax the request's own cap for one answer, the largest if it names several; 0
 *     where nothing is produced that costs; null when it names none
 * @param answers how many answers are asked for ({@code n}, {@code best_of}): at least 1
 * @param textBytes of prompt text, tools and schemas included, base64 of images and audio not
 * @param messages for the overhead that each carries
 * @param images in the prompt, and other parts that are no text: audio, files
 * @param serviceTier the tier asked for; null when none is named
 */
public record Prompt(
    String model,
    int modelOffset,
    int modelBytes,
    boolean isStreamed,
    boolean isUsageAsked,
    List<Edit> usageEdits,
    @Nullable Long outputTokensMax,
    long answers,
    long textBytes,
    int messages,
    int images,
    @Nullable String serviceTier) {

  /** What makes the body name the target's model; empty when it does so already. */
  public Optional<Edit> modelEdit(String targetModel) {
    return targetModel.equals(model)
        ? Optional.empty()
        : Optional.of(new Edit(modelOffset, modelBytes, JsonOutput.string(targetModel)));
  }
}
