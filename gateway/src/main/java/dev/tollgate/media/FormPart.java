package dev.tollgate.media;

/**
 * What the head of a form's part says.
 *
 * @param name visible ASCII
 * @param isFile whether it has a file name
 * @param contentType in lower case; empty where none is given
 */
public record FormPart(String name, boolean isFile, String contentType) {}
