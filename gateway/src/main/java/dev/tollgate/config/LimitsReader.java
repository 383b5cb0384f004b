package dev.tollgate.config;

import dev.tollgate.archive.ArchiveSettings;
import dev.tollgate.archive.DrainSettings;
import dev.tollgate.auth.AuthSettings;
import dev.tollgate.billing.plan.PlanSettings;
import dev.tollgate.http.Http2Bounds;
import dev.tollgate.http.HttpServerSettings;
import dev.tollgate.kept.KeptSettings;
import dev.tollgate.kept.WatchSettings;
import dev.tollgate.ledger.AuditSettings;
import dev.tollgate.ledger.JournalSettings;
import dev.tollgate.ledger.LedgerSettings;
import dev.tollgate.ledger.LedgerSettings.Allowance;
import dev.tollgate.ledger.ReaperSettings;
import dev.tollgate.metering.EstimatorSettings;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.pricing.QuoteSettings;
import dev.tollgate.proxy.ProxySettings;
import dev.tollgate.proxy.RealtimeSettings;
import dev.tollgate.proxy.RetrySettings;
import dev.tollgate.runs.RunSettings;
import dev.tollgate.upstream.BreakerSettings;
import dev.tollgate.upstream.StreamBounds;
import dev.tollgate.upstream.UpstreamSettings;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Reads {@code limits}: one method per part, one line per key. */
final class LimitsReader {
  private final Path directory;

  /**
   * @param directory what files are named relative to
   */
  LimitsReader(Path directory) {
    this.directory = directory;
  }

  Limits read(Section limits) {
    return new Limits(
        limits.section("quotes", LimitsReader::quotes),
        limits.section("http", http -> http(http, limits.section("http2", LimitsReader::http2))),
        requests(limits),
        limits.section("ledger", this::ledger),
        limits.section("keys", LimitsReader::keys),
        limits.section("upstream", LimitsReader::upstream),
        limits.section("breakers", LimitsReader::breakers),
        limits.section("metering", LimitsReader::metering),
        limits.section("estimates", LimitsReader::estimates),
        limits.section("journal", LimitsReader::journal),
        limits.section("archive", LimitsReader::archive),
        limits.section("drain", LimitsReader::drain),
        limits.section("reaper", LimitsReader::reaper),
        limits.section("audit", LimitsReader::audit),
        limits.section("objects", LimitsReader::objects),
        limits.section("runs", LimitsReader::runs),
        limits.section("plans", LimitsReader::plans),
        limits.section("payments", PaymentsReader::limits),
        limits.section("invoices", InvoicesReader::limits),
        limits.section("mail", MailReader::limits));
  }

  private static PlanSettings plans(Section plans) {
    PlanSettings fallback = PlanSettings.DEFAULT;
    return new PlanSettings(
        plans.millis("look_millis", fallback.lookMillis()),
        plans.millis("grace_millis", fallback.graceMillis()),
        plans.count("accounts_per_page", fallback.accountsPerPage()));
  }

  private static QuoteSettings quotes(Section quotes) {
    QuoteSettings fallback = QuoteSettings.DEFAULT;
    return new QuoteSettings(
        quotes.integer("text_bytes_per_token", fallback.textBytesPerToken(), 1, 1000),
        quotes.integer("tokens_per_message", fallback.tokensPerMessage(), 0, 1_000_000),
        quotes.integer("tokens_per_image", fallback.tokensPerImage(), 0, 1_000_000),
        quotes.whole("hold_output_tokens", fallback.holdOutputTokens(), 1, 1_000_000_000));
  }

  private static HttpServerSettings http(Section http, Http2Bounds http2) {
    HttpServerSettings fallback = HttpServerSettings.builder().build();
    int low = http.bytes("low_watermark_bytes", fallback.lowWatermarkBytes());
    int high = http.bytes("high_watermark_bytes", fallback.highWatermarkBytes());
    if (high < low) {
      http.fault("high_watermark_bytes must not be below low_watermark_bytes");
      high = low;
    }
    return HttpServerSettings.builder()
        .headBytesMax(http.bytes("head_bytes_max", fallback.headBytesMax()))
        .requestLineBytesMax(http.bytes("request_line_bytes_max", fallback.requestLineBytesMax()))
        .headersMax(http.count("headers_max", fallback.headersMax()))
        .connectionsMax(http.count("connections_max", fallback.connectionsMax()))
        .idleMillisMax(http.millis("idle_millis_max", fallback.idleMillisMax()))
        .headMillisMax(http.millis("head_millis_max", fallback.headMillisMax()))
        .bodyIdleMillisMax(http.millis("body_idle_millis_max", fallback.bodyIdleMillisMax()))
        .pipelinedBytesMax(http.bytes("pipelined_bytes_max", fallback.pipelinedBytesMax()))
        .lowWatermarkBytes(low)
        .highWatermarkBytes(high)
        .writeStallMillisMax(http.millis("write_stall_millis_max", fallback.writeStallMillisMax()))
        .discardBytesMax(http.bytes("discard_bytes_max", fallback.discardBytesMax()))
        .discardMillisMax(http.millis("discard_millis_max", fallback.discardMillisMax()))
        .handshakeMillisMax(http.millis("handshake_millis_max", fallback.handshakeMillisMax()))
        .drainMillisMax(http.millis("drain_millis_max", fallback.drainMillisMax()))
        .backlog(http.count("backlog", fallback.backlog()))
        .http2(http2)
        .build();
  }

  private static Http2Bounds http2(Section http2) {
    Http2Bounds fallback = Http2Bounds.DEFAULT;
    return new Http2Bounds(
        http2.flag("enabled", fallback.enabled()),
        http2.count("streams_max", fallback.streamsMax()),
        bytes(
            http2,
            "frame_bytes_max",
            fallback.frameBytesMax(),
            Http2Bounds.LEAST_FRAME_BYTES,
            Http2Bounds.MOST_FRAME_BYTES),
        http2.bytes("stream_window_bytes", fallback.streamWindowBytes()),
        bytes(
            http2,
            "connection_window_bytes",
            fallback.connectionWindowBytes(),
            Http2Bounds.LEAST_WINDOW_BYTES,
            Integer.MAX_VALUE),
        http2.count("resets_max", fallback.resetsMax()),
        http2.count("control_frames_max", fallback.controlFramesMax()),
        http2.millis("flood_millis", fallback.floodMillis()));
  }

  /** A size that a protocol bounds. */
  private static int bytes(Section section, String key, int fallback, int least, int most) {
    int bytes = section.bytes(key, fallback);
    if (bytes < least || bytes > most) {
      section.fault(key + " must be from " + least + " to " + most + " bytes");
      return fallback;
    }
    return bytes;
  }

  private static ProxySettings requests(Section limits) {
    RetrySettings retries = limits.section("retries", LimitsReader::retries);
    RealtimeSettings realtime = limits.section("realtime", LimitsReader::realtime);
    return limits.section("requests", requests -> requests(requests, retries, realtime));
  }

  private static RealtimeSettings realtime(Section realtime) {
    RealtimeSettings fallback = RealtimeSettings.DEFAULT;
    return new RealtimeSettings(
        realtime.bytes("frame_bytes_max", fallback.frameBytesMax()),
        realtime.bytes("message_bytes_max", fallback.messageBytesMax()),
        realtime.millis("idle_millis_max", fallback.idleMillisMax()),
        realtime.millis("session_millis_max", fallback.sessionMillisMax()),
        realtime.millis("spare_millis_max", fallback.spareMillisMax()),
        realtime.millis("close_millis_max", fallback.closeMillisMax()));
  }

  private static RetrySettings retries(Section retries) {
    RetrySettings fallback = RetrySettings.DEFAULT;
    long backoff = retries.millis("backoff_millis", fallback.backoffMillis());
    return new RetrySettings(
        retries.integer("tries_max", fallback.triesMax(), 1, 100),
        retries.integer("tries_per_target_max", fallback.triesPerTargetMax(), 1, 100),
        retries.millis("retry_millis_max", fallback.retryMillisMax()),
        backoff,
        most(retries, "backoff_millis", backoff, fallback.backoffMillisMax()));
  }

  private static BreakerSettings breakers(Section breakers) {
    BreakerSettings fallback = BreakerSettings.DEFAULT;
    long rest = breakers.millis("rest_millis", fallback.restMillis());
    int callsMin = breakers.integer("calls_min", fallback.callsMin(), 1, 10_000);
    int windowCalls = breakers.integer("window_calls", fallback.windowCalls(), 1, 10_000);
    if (windowCalls < callsMin) {
      breakers.fault("window_calls must not be below calls_min");
      windowCalls = callsMin;
    }
    return new BreakerSettings(
        breakers.integer("failures_percent", fallback.failuresPercent(), 1, 100),
        callsMin,
        windowCalls,
        rest,
        most(breakers, "rest_millis", rest, fallback.restMillisMax()),
        breakers.integer("trial_calls", fallback.trialCalls(), 1, 10_000),
        breakers.millis("trial_millis_max", fallback.trialMillisMax()),
        breakers.millis("slow_start_millis", fallback.slowStartMillis()));
  }

  private static ProxySettings requests(
      Section requests, RetrySettings retries, RealtimeSettings realtime) {
    ProxySettings fallback = ProxySettings.DEFAULT;
    long lease = requests.millis("lease_millis", fallback.leaseMillis());
    long checkpoint = requests.millis("checkpoint_millis", fallback.checkpointMillis());
    if (lease / 3 < checkpoint) {
      requests.fault("lease_millis must be at least three times checkpoint_millis");
    }
    return new ProxySettings(
        requests.bytes("body_bytes_max", fallback.bodyBytesMax()),
        requests.bytes("bodies_bytes_max", fallback.bodiesBytesMax()),
        requests.bytes("whole_answer_bytes_max", fallback.wholeAnswerBytesMax()),
        lease,
        checkpoint,
        requests.integer("drains_max", fallback.drainsMax(), 0, Integer.MAX_VALUE),
        requests.millis("drain_millis_max", fallback.drainMillisMax()),
        requests.millis("untold_millis_max", fallback.untoldMillisMax()),
        retries,
        realtime);
  }

  private LedgerSettings ledger(Section ledger) {
    LedgerSettings fallback = LedgerSettings.of("");
    return new LedgerSettings(
        fallback.redis(),
        ledger.read("trust_certificates", "", file -> file.existingFile(directory).toString()),
        ledger.integer("shards", fallback.shards(), 1, 4096),
        ledger.millis("connect_millis_max", fallback.connectMillisMax()),
        ledger.millis("command_millis_max", fallback.commandMillisMax()),
        ledger.count("commands_in_flight_max", fallback.commandsInFlightMax()),
        ledger.millis("reconnect_millis_max", fallback.reconnectMillisMax()),
        ledger.millis("tombstone_millis", fallback.tombstoneMillis()),
        allowances(ledger));
  }

  private static Set<Allowance> allowances(Section ledger) {
    List<String> known = Arrays.stream(Allowance.values()).map(Allowance::key).toList();
    Set<Allowance> allowed = EnumSet.noneOf(Allowance.class);
    for (Value item : ledger.items("allow")) {
      String word = item.choice("", known, List.of());
      Arrays.stream(Allowance.values()).filter(it -> it.key().equals(word)).forEach(allowed::add);
    }
    return allowed;
  }

  private static AuthSettings keys(Section keys) {
    AuthSettings fallback = AuthSettings.DEFAULT;
    return new AuthSettings(
        keys.count("cached_keys_max", fallback.cachedKeysMax()),
        keys.millis("cached_key_millis_max", fallback.cachedKeyMillisMax()),
        keys.count("key_characters_max", fallback.keyCharactersMax()));
  }

  private static UpstreamSettings upstream(Section upstream) {
    UpstreamSettings fallback = UpstreamSettings.defaults();
    return new UpstreamSettings(
        upstream.bytes("status_line_bytes_max", fallback.statusLineBytesMax()),
        upstream.bytes("header_bytes_max", fallback.headerBytesMax()),
        upstream.bytes("read_bytes_max", fallback.readBytesMax()),
        upstream.count("reads_max", fallback.readsMax()),
        upstream.integer("interim_max", fallback.interimMax(), 0, 1000),
        upstream.millis("resend_millis_max", fallback.resendMillisMax()),
        upstream.millis("time_grain_millis", fallback.timeGrainMillis()),
        upstream.millis("address_millis_max", fallback.addressMillisMax()),
        upstream.millis("stale_address_millis_max", fallback.staleAddressMillisMax()),
        upstream.millis("failed_address_millis", fallback.failedAddressMillis()),
        upstream.millis("connection_attempt_delay_millis", fallback.connectionAttemptDelayMillis()),
        upstream.section("http2", LimitsReader::streams));
  }

  private static StreamBounds streams(Section http2) {
    StreamBounds fallback = StreamBounds.DEFAULT;
    return new StreamBounds(
        http2.count("streams_max", fallback.streamsMax()),
        http2.bytes("stream_window_bytes", fallback.streamWindowBytes()),
        http2.read(
            "connection_window_bytes",
            fallback.connectionWindowBytes(),
            value ->
                (int)
                    value.bytes(
                        fallback.connectionWindowBytes(),
                        StreamBounds.LEAST_WINDOW_BYTES,
                        Integer.MAX_VALUE)),
        http2.count("control_frames_max", fallback.controlFramesMax()),
        http2.millis("flood_millis", fallback.floodMillis()),
        http2.millis("quiet_millis_max", fallback.quietMillisMax()),
        http2.millis("ping_millis_max", fallback.pingMillisMax()));
  }

  private static MeterSettings metering(Section metering) {
    MeterSettings fallback = MeterSettings.DEFAULTS;
    return new MeterSettings(
        metering.bytes("held_bytes_max", fallback.heldBytesMax()),
        metering.bytes("sample_bytes_max", fallback.sampleBytesMax()),
        metering.integer("depth_max", fallback.depthMax(), 16, 10_000),
        metering.bytes("decoded_bytes_max", fallback.decodedBytesMax()));
  }

  private static EstimatorSettings estimates(Section estimates) {
    EstimatorSettings fallback = EstimatorSettings.DEFAULTS;
    return new EstimatorSettings(
        estimates.integer("threads", fallback.threads(), 1, 64),
        estimates.count("waiting_max", fallback.waitingMax()));
  }

  private static ArchiveSettings archive(Section archive) {
    ArchiveSettings fallback = ArchiveSettings.of(new ArchiveSettings.Embedded(Path.of("")));
    return new ArchiveSettings(
        fallback.where(),
        archive.integer("readers_max", fallback.readersMax(), 1, 1_000),
        archive.integer("reads_waiting_max", fallback.readsWaitingMax(), 1, 100_000),
        archive.integer("writers_max", fallback.writersMax(), 1, 64),
        archive.read(
            "connect_millis_max",
            fallback.connectMillisMax(),
            value -> (int) value.millis(fallback.connectMillisMax(), 250, 600_000)),
        archive.millis("query_millis_max", fallback.queryMillisMax()),
        archive.millis("store_millis_max", fallback.storeMillisMax()),
        archive.integer("requests_kept_days", fallback.requestsKeptDays(), 1, 36_500),
        archive.count("rows_dropped_max", fallback.rowsDroppedMax()));
  }

  private static DrainSettings drain(Section drain) {
    DrainSettings fallback = DrainSettings.DEFAULT;
    return new DrainSettings(
        drain.integer("batch_events_max", fallback.batchEventsMax(), 1, 10_000),
        drain.integer("page_events_max", fallback.pageEventsMax(), 1, 5_000),
        drain.integer("reads_ahead_max", fallback.readsAheadMax(), 1, 64),
        drain.millis("poll_millis", fallback.pollMillis()),
        drain.millis("watch_millis", fallback.watchMillis()),
        drain.millis("claim_idle_millis", fallback.claimIdleMillis()),
        drain.millis("catch_up_millis_max", fallback.catchUpMillisMax()),
        drain.integer("stream_events_max", fallback.streamEventsMax(), 1_000, 1_000_000_000),
        drain.integer("refused_from_percent", fallback.refusedFromPercent(), 1, 100),
        drain.millis("kept_millis", fallback.keptMillis()),
        drain.count("kept_events_max", fallback.keptEventsMax()),
        drain.millis("store_retry_millis", fallback.storeRetryMillis()),
        drain.millis("store_retry_millis_max", fallback.storeRetryMillisMax()),
        drain.millis("stop_millis_max", fallback.stopMillisMax()));
  }

  private static JournalSettings journal(Section journal) {
    JournalSettings fallback = JournalSettings.DEFAULT;
    return new JournalSettings(
        journal.millis("fsync_millis_max", fallback.fsyncMillisMax()),
        journal.millis("horizon_millis", fallback.horizonMillis()),
        journal.bytes("segment_bytes_max", fallback.segmentBytesMax()),
        journal.millis("segment_millis_max", fallback.segmentMillisMax()),
        journal.bytes("journal_bytes_max", fallback.journalBytesMax()),
        journal.bytes("reserve_bytes", fallback.reserveBytes()),
        journal.count("queued_max", fallback.queuedMax()),
        journal.count("unconfirmed_max", fallback.unconfirmedMax()),
        journal.count("replays_in_flight_max", fallback.replaysInFlightMax()),
        journal.millis("probe_millis", fallback.probeMillis()),
        journal.millis("start_millis_max", fallback.startMillisMax()),
        journal.flag("skip_corrupt", fallback.skipCorrupt()));
  }

  private static ReaperSettings reaper(Section reaper) {
    ReaperSettings fallback = ReaperSettings.DEFAULT;
    return new ReaperSettings(
        reaper.millis("reap_millis", fallback.reapMillis()),
        reaper.count("reaps_max", fallback.reapsMax()));
  }

  private static AuditSettings audit(Section audit) {
    AuditSettings fallback = AuditSettings.DEFAULT;
    return new AuditSettings(
        audit.millis("audit_millis_max", fallback.auditMillisMax()),
        audit.count("differences_max", fallback.differencesMax()),
        audit.integer("accounts_per_page", fallback.accountsPerPage(), 1, 1_000),
        audit.integer("holds_per_page", fallback.holdsPerPage(), 1, 5_000),
        audit.integer("events_per_page", fallback.eventsPerPage(), 1, 10_000),
        audit.integer("walked_holds_max", fallback.walkedHoldsMax(), 0, 10_000_000),
        audit.millis("archive_query_millis_max", fallback.archiveQueryMillisMax()),
        audit.count("remembered_events_max", fallback.rememberedEventsMax()));
  }

  private static KeptSettings objects(Section objects) {
    KeptSettings fallback = KeptSettings.DEFAULT;
    return new KeptSettings(
        objects.integer("objects_max", fallback.objectsMax(), 1, 1_000_000),
        objects.millis("kept_millis", fallback.keptMillis()),
        objects.millis("responses_kept_millis", fallback.responsesKeptMillis()),
        objects.millis("lease_millis", fallback.leaseMillis()),
        objects.integer("listed_max", fallback.listedMax(), 1, 1_000),
        objects.integer("list_calls_max", fallback.listCallsMax(), 1, 1_000),
        objects.bytes("listed_bytes_max", fallback.listedBytesMax()),
        objects.integer("held_epochs", fallback.heldEpochs(), 1, 1_000),
        watch(objects));
  }

  private static WatchSettings watch(Section objects) {
    WatchSettings fallback = WatchSettings.DEFAULT;
    long shortest = objects.millis("watch_millis", fallback.watchMillis());
    return new WatchSettings(
        shortest,
        most(objects, "watch_millis", shortest, fallback.watchMillisMax()),
        objects.integer("watched_max", fallback.watchedMax(), 1, 1_000_000),
        objects.integer("watch_calls_max", fallback.watchCallsMax(), 1, 1_000),
        objects.integer("watch_misses_max", fallback.watchMissesMax(), 1, 1_000_000));
  }

  /** The most that a time may become, {@code <key>_max}, which is not below it. */
  private static long most(Section section, String key, long least, long fallback) {
    long most = section.millis(key + "_max", fallback);
    if (most < least) {
      section.fault(key + "_max must not be below " + key);
    }
    return Math.max(most, least);
  }

  private static RunSettings runs(Section runs) {
    RunSettings fallback = RunSettings.DEFAULT;
    long lease = runs.millis("lease_millis", fallback.leaseMillis());
    return new RunSettings(
        lease,
        most(runs, "lease_millis", lease, fallback.leaseMillisMax()),
        runs.integer("runs_max", fallback.runsMax(), 1, 10_000_000),
        runs.integer("chars_per_token", fallback.charsPerToken(), 1, 1_000));
  }
}
