package dev.tollgate.provider;

import org.jspecify.annotations.Nullable;

/**
 * The account of one request that the provider saw, complete once its script has ended.
 *
 * @param number counts the requests from 1, in the order in which they were received
 * @param requestId the {@code x-request-id} that came with it; null without one
 * @param usage what the whole answer is worth, whether it was delivered or not
 * @param isWhole whether every byte of the answer was written, in good framing
 * @param answerBytes how many bytes of the answer's body were written: handed to the kernel, which
 *     may still have lost them in a reset
 * @param outputTokens how many tokens of the answer lie in those bytes
 * @param isUsageWritten whether the final figures of the usage lie in them
 * @param sentBytes how many bytes were written in all, heads and framing included
 * @param sent those bytes: the first megabytes, if they are very many
 * @param sentBody the part of them that was body, unchunked
 * @param failure what broke while the script was played; null when nothing did
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Served(
    int number,
    ReceivedRequest request,
    @Nullable String requestId,
    String endpoint,
    String model,
    ServedUsage usage,
    boolean isStreamed,
    boolean isWhole,
    long answerBytes,
    long outputTokens,
    boolean isUsageWritten,
    long sentBytes,
    byte[] sent,
    byte[] sentBody,
    @Nullable String failure) {}
