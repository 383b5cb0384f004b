package dev.tollgate.provider;

import dev.tollgate.testing.MessageHead;
import dev.tollgate.testing.TestCertificate;
import dev.tollgate.testing.WireInput;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * A model provider on a free port of the loopback address: HTTP/1.1 by blocking sockets, one
 * virtual thread to a connection, so that a {@link Script} rules over every byte and pause. Unless
 * told otherwise it answers OpenAI's text endpoints, the list of models, Anthropic messages, the
 * Gemini API's contents, and reranking, as they should be answered, and keeps files, batches and
 * fine-tuning jobs.
 */
public final class FakeProvider implements AutoCloseable {
  private static final int BACKLOG = 1024;

  /** Decides on the answer to one request. Called by many threads. */
  @FunctionalInterface
  public interface Responder {
    Script respond(ReceivedRequest request);
  }

  private final ServerSocket listener;
  private final @Nullable SSLSocketFactory tls;
  private final List<String> alpn;
  private final List<String> chosen = new CopyOnWriteArrayList<>();
  private final ProviderAccount account = new ProviderAccount();
  private final Map<String, Responder> responders = new ConcurrentHashMap<>();
  private final Map<String, Responder> belowResponders = new ConcurrentHashMap<>();
  private final Map<String, Responder> headResponders = new ConcurrentHashMap<>();
  private final Map<String, Queue<Responder>> nextOnes = new ConcurrentHashMap<>();
  private final Map<Socket, Thread> connections = new ConcurrentHashMap<>();
  private final AtomicInteger connectionsMade = new AtomicInteger();
  private final FileStore files = new FileStore();
  private final BatchStore batches;
  private final JobStore jobs = new JobStore(files);
  private final ResponseStore responses = new ResponseStore();
  private final Thread acceptor;

  private FakeProvider(long seed, @Nullable SSLSocketFactory tls, List<String> alpn)
      throws IOException {
    this.tls = tls;
    this.alpn = alpn;
    OpenAiAnswers openAi = new OpenAiAnswers(seed);
    CompletionsAnswers completions = new CompletionsAnswers(seed);
    ResponsesAnswers answers = new ResponsesAnswers(seed);
    ModerationsAnswers moderations = new ModerationsAnswers(seed);
    AnthropicAnswers anthropic = new AnthropicAnswers(seed);
    GeminiAnswers gemini = new GeminiAnswers(seed);
    RerankAnswers rerank = new RerankAnswers(seed);
    on("/chat/completions", request -> openAi.chat(request).script());
    on("/completions", request -> completions.completions(request).script());
    on("/responses", request -> responses.keep(answers.responses(request)).script());
    on("/moderations", request -> moderations.moderations(request).script());
    on("/embeddings", request -> openAi.embeddings(request).script());
    OpenAiMediaAnswers media = new OpenAiMediaAnswers(seed);
    on("/images/generations", request -> media.images(request).script());
    on("/images/edits", request -> media.images(request).script());
    on("/images/variations", request -> media.images(request).script());
    on("/audio/speech", request -> media.speech(request).script());
    on("/audio/transcriptions", request -> media.transcription(request).script());
    on("/audio/translations", request -> media.transcription(request).script());
    on("/models", request -> openAi.models().script());
    on("/messages", request -> anthropic.messages(request).script());
    on("/messages/count_tokens", request -> anthropic.countTokens(request).script());
    on(":generateContent", request -> gemini.generate(request).script());
    on(":streamGenerateContent", request -> gemini.stream(request).script());
    on(":countTokens", request -> gemini.countTokens(request).script());
    on(
        "/rerank",
        request ->
            request.model().equals(TestCard.RERANK_UNITS)
                ? rerank.inUnits(request).script()
                : rerank.inTokens(request).script());
    batches = new BatchStore(files, openAi);
    onAllOf("/files", request -> files.answer(request).script());
    onAllOf("/batches", request -> batches.answer(request).script());
    onAllOf("/responses", request -> responses.answer(request).script());
    onAllOf("/fine_tuning/jobs", request -> jobs.answer(request).script());
    listener = new ServerSocket();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    acceptor = Thread.ofVirtual().name("fake-provider").start(this::acceptAll);
  }

  /**
   * @param seed of the token counts that its answers report
   */
  public static FakeProvider start(long seed) throws IOException {
    return new FakeProvider(seed, null, List.of());
  }

  /**
   * @param alpn of what a client offers the first of these is chosen, though HTTP/1.1 is all that
   *     is understood
   */
  public static FakeProvider startTls(long seed, TestCertificate certificate, String... alpn)
      throws IOException, GeneralSecurityException {
    return new FakeProvider(seed, certificate.forServer().getSocketFactory(), List.of(alpn));
  }

  /** Ends in {@code /v1}: all dialects are below it. */
  public URI baseUrl() {
    String scheme = tls == null ? "http" : "https";
    return URI.create(scheme + "://127.0.0.1:" + listener.getLocalPort() + "/v1");
  }

  /**
   * Answers all requests for that path from now on.
   *
   * @param path below the base URL: {@code /chat/completions}; where it names a model, what is to
   *     be done with it: {@code :generateContent}
   */
  public FakeProvider on(String path, Responder responder) {
    responders.put(path, responder);
    return this;
  }

  /** As {@link #on}, for that path and all below it. */
  public FakeProvider onAllOf(String path, Responder responder) {
    belowResponders.put(path, responder);
    return this;
  }

  /** What it keeps. */
  public FileStore files() {
    return files;
  }

  public BatchStore batches() {
    return batches;
  }

  public ResponseStore responses() {
    return responses;
  }

  public JobStore jobs() {
    return jobs;
  }

  /** As {@link #on}, but begins as soon as a head is there: the body has not been read. */
  public FakeProvider onHead(String path, Responder responder) {
    headResponders.put(path, responder);
    return this;
  }

  /** Answers one request for that path, after those for which this has been said before. */
  public FakeProvider once(String path, Responder responder) {
    nextOnes.computeIfAbsent(path, unused -> new ConcurrentLinkedQueue<>()).add(responder);
    return this;
  }

  public ProviderAccount account() {
    return account;
  }

  /** How many connections have been made to it. */
  public int connectionsMade() {
    return connectionsMade.get();
  }

  /** What was chosen by ALPN on each connection; empty where nothing was. */
  public List<String> chosen() {
    return List.copyOf(chosen);
  }

  public int connectionsOpen() {
    return connections.size();
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket socket = listener.accept();
        int number = connectionsMade.incrementAndGet();
        Thread thread = Thread.ofVirtual().unstarted(() -> serve(socket, number));
        connections.put(socket, thread);
        thread.start();
      }
    } catch (IOException closed) {
      // close() has been called.
    }
  }

  private void serve(Socket plain, int connection) {
    try (plain) {
      plain.setTcpNoDelay(true);
      Socket socket = tls == null ? plain : secure(plain, tls);
      WireInput input = new WireInput(socket.getInputStream(), 0);
      boolean isOpen = true;
      while (isOpen) {
        MessageHead head = input.head();
        if (head == null) {
          return;
        }
        ReceivedRequest request = new ReceivedRequest(connection, head, head.raw(), new byte[0]);
        int number = account.open();
        isOpen = play(new Wire(number, plain, socket.getOutputStream(), input, request), request);
      }
    } catch (IOException gone) {
      // The other side has gone between two requests, or the handshake failed.
    } finally {
      connections.remove(plain);
    }
  }

  private Socket secure(Socket plain, SSLSocketFactory sockets) throws IOException {
    SSLSocket secure = (SSLSocket) sockets.createSocket(plain, "127.0.0.1", plain.getPort(), true);
    secure.setUseClientMode(false);
    SSLParameters parameters = secure.getSSLParameters();
    parameters.setApplicationProtocols(alpn.toArray(String[]::new));
    secure.setSSLParameters(parameters);
    secure.startHandshake();
    chosen.add(secure.getApplicationProtocol());
    return secure;
  }

  /**
   * @return whether the connection is good for another request
   */
  private boolean play(Wire wire, ReceivedRequest head) {
    String failure = null;
    try {
      Responder early = headResponders.get(head.act());
      Script script =
          early != null ? early.respond(head) : responderFor(head.act()).respond(wire.readBody());
      script.play(wire);
      if (!wire.isClosed()) {
        wire.readBody();
      }
    } catch (IOException | RuntimeException | Error broken) {
      failure = broken.toString();
    } catch (InterruptedException stopped) {
      failure = "the provider was stopped";
    }
    account.close(wire.served(failure));
    boolean isLast = "close".equalsIgnoreCase(head.head().field("connection"));
    return failure == null && !isLast && !wire.isClosed();
  }

  private Responder responderFor(String path) {
    Queue<Responder> next = nextOnes.get(path);
    Responder once = next == null ? null : next.poll();
    if (once != null) {
      return once;
    }
    Responder exact = responders.get(path);
    if (exact != null) {
      return exact;
    }
    for (Map.Entry<String, Responder> below : belowResponders.entrySet()) {
      if (path.equals(below.getKey()) || path.startsWith(below.getKey() + "/")) {
        return below.getValue();
      }
    }
    return request ->
        Answer.error(404, "{\"error\":{\"message\":\"no " + path + " here\"}}").script();
  }

  /** Closes every connection, ends every script, and waits for their threads. */
  @Override
  public void close() throws IOException {
    listener.close();
    try {
      acceptor.join();
      for (Map.Entry<Socket, Thread> connection : Set.copyOf(connections.entrySet())) {
        connection.getValue().interrupt();
        connection.getKey().close();
        connection.getValue().join();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
