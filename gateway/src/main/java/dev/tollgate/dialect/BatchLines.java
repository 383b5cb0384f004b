package dev.tollgate.dialect;

/**
 * What the lines of a file ask for together, each being one request of a batch.
 *
 * @param lines that are not blank
 * @param fault why they cannot be sold as a batch, for the client; empty when they can
 * @param url of all of them: {@code /v1/chat/completions}
 * @param model of all of them
 * @param cappedTokens the sum of the output caps, each times its number of answers
 * @param uncappedAnswers how many answers have no cap
 * @param tokenIds given as numbers
 * @param images in the prompts
 * @param lineBytesMax the length of the longest line
 */
public record BatchLines(
    long lines,
    String fault,
    String url,
    String model,
    long cappedTokens,
    long uncappedAnswers,
    long tokenIds,
    long images,
    long lineBytesMax) {}
