package dev.tollgate.dialect;

import java.util.Map;

/**
 * What the head of a request says to whoever reads its body.
 *
 * @param contentType as sent; empty when there is none
 * @param pathParameters what the path has in the places of its endpoint's {@code {names}},
 *     percent-decoded
 */
public record RequestHead(String contentType, Map<String, String> pathParameters) {}
