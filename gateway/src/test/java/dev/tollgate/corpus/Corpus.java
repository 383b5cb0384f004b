package dev.tollgate.corpus;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The requests by which quotes are judged: some as they are in files, the rest composed. */
final class Corpus {
  private static final List<String> ENDPOINTS =
      List.of("openai-chat-completions", "anthropic-messages", "openai-embeddings");

  private static final List<String> PATHS =
      List.of("/v1/chat/completions", "/v1/messages", "/v1/embeddings");

  private Corpus() {}

  static List<CorpusRequest> requests() {
    Composer composer = new Composer();
    composer.passages("a few words", "tiny");
    composer.shortTurns("many short turns", 10);
    composer.passages("English", "prose-english");
    composer.passages("German", "prose-german");
    composer.passages("French", "prose-french");
    composer.passages("Spanish", "prose-spanish");
    composer.passages("other Latin scripts", "prose-other-latin");
    composer.passages("Russian", "prose-russian");
    composer.passages("Arabic", "prose-arabic");
    composer.passages("Hindi", "prose-hindi");
    composer.passages("Thai", "prose-thai");
    composer.passages("other scripts", "prose-other-scripts");
    composer.passages("Chinese", "prose-chinese");
    composer.passages("Japanese", "prose-japanese");
    composer.passages("Korean", "prose-korean");
    composer.passages("emoji", "emoji");
    composer.passages("code", "code-java", "code-python", "code-javascript", "code-other");
    composer.passages("minified code", "code-minified");
    composer.passages("logs and stack traces", "logs");
    composer.passages("numbers and CSV", "numbers", "csv");
    composer.passages("hex, UUIDs, hashes", "hex-and-ids");
    composer.passages("base64 as text", "base64-as-text");
    composer.passages("JSON as text", "json-as-text");
    composer.passages("HTML and XML", "html-and-xml");
    composer.passages("Markdown and LaTeX", "markdown");
    composer.passages("system prompts", "system-prompts");
    composer.passages("long documents", "long-documents");
    composer.tools("tools and their calls", 40);
    composer.images("images");
    List<CorpusRequest> requests = new ArrayList<>(composer.requests());
    for (int i = 0; i < ENDPOINTS.size(); i++) {
      for (Path file : CorpusFiles.folder("requests/" + ENDPOINTS.get(i))) {
        requests.add(
            new CorpusRequest(
                "whole requests",
                file.getFileName().toString(),
                PATHS.get(i),
                CorpusFiles.text(file)));
      }
    }
    return requests;
  }
}
