// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/client.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "runtime/kafka/connection_words.hpp"
#include "runtime/kafka/handles.hpp"

namespace aisle::kafka {
namespace {

using steady = std::chrono::steady_clock;

/// More than a request may take before it is given up (`socket.timeout.ms`, a minute).
constexpr std::chrono::minutes settle_max{3};
constexpr int settle_slice_ms = 50;

}  // namespace

// Shared with the thread that closes it, which may outlive its client.
struct client::state {
  rd_kafka_t* handle = nullptr;
  std::string user;
  bool says_lines = false;
  client::delivery_report told;
  client::rebalance rebalanced;
  std::atomic<std::uint64_t> troubles{0};
  // What OpenSSL found wrong with the last certificate; librdkafka's error does not tell.
  std::atomic<int> certificate{0};
  mutable std::mutex lock;
  std::optional<error> trouble;
  client::trouble_taker hears;

  state() = default;
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() {
    if (handle == nullptr) return;
    // What does not settle is left as it is: it may not be destroyed.
    if (settle()) rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }

  /// Waits until no answer to records is under way. librdkafka 2.0.2 frees the error of a
  /// transaction as soon as it begins to end a producer (`rd_kafka_txns_term`), and its threads for
  /// brokers free it again when such an answer is an error.
  [[nodiscard]] bool settle() const {
    if (rd_kafka_type(handle) != RD_KAFKA_PRODUCER) return true;
    const auto until = steady::now() + settle_max;
    do {
      rd_kafka_purge(handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_NON_BLOCKING);
      if (rd_kafka_flush(handle, settle_slice_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
    } while (steady::now() < until);
    return false;
  }

  void heard(int code, std::string_view reason) {
    ++troubles;
    const std::scoped_lock hold{lock};
    // That all are down says less than why one is.
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && trouble) return;
    trouble = connection_trouble(
        code,
        is_tls_failure(code, reason) ? with_certificate(reason, certificate) : std::string{reason},
        user);
    if (hears) hears(trouble->message);
  }
};

namespace {

constexpr std::chrono::seconds close_max{5};
constexpr std::chrono::milliseconds look_every{50};

client::state& state_of(void* opaque) { return *static_cast<client::state*>(opaque); }

void on_error(rd_kafka_t* /*from*/, int code, const char* reason, void* opaque) {
  state_of(opaque).heard(code, reason);
}

void on_delivery(rd_kafka_t* /*from*/, const rd_kafka_message_t* record, void* opaque) {
  state_of(opaque).told(*record);
}

// Only notes what OpenSSL has found, and agrees.
int on_certificate(rd_kafka_t* /*from*/, const char* /*broker*/, std::int32_t /*id*/, int* found,
                   int /*depth*/, const char* /*bytes*/, std::size_t /*size*/, char* /*why*/,
                   std::size_t /*why_size*/, void* opaque) {
  if (*found == 0) return 1;
  state_of(opaque).certificate = *found;
  return 0;
}

void on_rebalance(rd_kafka_t* /*from*/, rd_kafka_resp_err_t code,
                  rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  state_of(opaque).rebalanced(code, partitions);
}

// Errors come to on_error as well; the rest is for who looks for them.
void on_line(const rd_kafka_t* from, int /*level*/, const char* /*facility*/, const char* line) {
  // It may speak while it is being made, before it has its opaque.
  void* const opaque = from != nullptr ? rd_kafka_opaque(from) : nullptr;
  if (opaque != nullptr && state_of(opaque).says_lines) fmt::print(stderr, "kafka: {}\n", line);
}

result<void> put(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, 512> why{};
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size()) ==
      RD_KAFKA_CONF_OK) {
    return {};
  }
  return base::fail(errc::bad_setting,
                    fmt::format("the Kafka setting {}: {}", name,
                                is_secret(name) ? "the value cannot be" : why.data()));
}

result<conf_handle> make_conf(purpose use, const settings& to, std::span<const property> own,
                              client::state& inside) {
  for (const auto& wrong : check(to)) {
    if (!wrong.only_warns) {
      return base::fail(errc::bad_setting,
                        fmt::format("the Kafka setting {}: {}", wrong.setting, wrong.message));
    }
  }
  conf_handle conf{rd_kafka_conf_new()};
  for (const auto& [name, value] : defaults_for(use)) {
    if (auto done = put(conf.get(), std::string{name}, std::string{value}); !done) {
      return std::unexpected{std::move(done.error())};
    }
  }
  std::vector<property> all{{"bootstrap.servers", secret{to.brokers}}};
  all.insert(all.end(), to.properties.begin(), to.properties.end());
  all.insert(all.end(), own.begin(), own.end());
  for (const auto& one : all) {
    if (auto done = put(conf.get(), one.name, one.value.reveal()); !done) {
      return std::unexpected{std::move(done.error())};
    }
    if (one.name == "sasl.username") inside.user = one.value.reveal();
    if (one.name == "debug") inside.says_lines = true;
  }
  rd_kafka_conf_set_opaque(conf.get(), &inside);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  rd_kafka_conf_set_log_cb(conf.get(), on_line);
  if (inside.told) rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
  rd_kafka_conf_set_ssl_cert_verify_cb(conf.get(), on_certificate);
  if (inside.rebalanced) rd_kafka_conf_set_rebalance_cb(conf.get(), on_rebalance);
  return conf;
}

std::string known_as(const char* text) { return text == nullptr ? std::string{} : text; }

}  // namespace

result<std::unique_ptr<client>> client::open(purpose use, const settings& to,
                                             std::span<const property> own, delivery_report told,
                                             rebalance rebalanced) {
  auto inside = std::make_shared<state>();
  inside->told = std::move(told);
  inside->rebalanced = std::move(rebalanced);
  auto conf = make_conf(use, to, own, *inside);
  if (!conf) return std::unexpected{std::move(conf.error())};
  std::array<char, 512> why{};
  const auto kind = use == purpose::read ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
  inside->handle = rd_kafka_new(kind, conf->get(), why.data(), why.size());
  if (inside->handle == nullptr) {
    return base::fail(errc::bad_setting,
                      fmt::format("Kafka's client refuses its settings: {}", why.data()));
  }
  // It belongs to the client now.
  static_cast<void>(conf->release());
  return std::unique_ptr<client>{new client{std::move(inside)}};
}

client::client(std::shared_ptr<state> inside) : state_{std::move(inside)} {}

client::~client() {
  tell_trouble({});
  std::promise<void> closed;
  const auto done = closed.get_future();
  std::thread{[last = std::move(state_), told = std::move(closed)]() mutable {
    last.reset();
    told.set_value();
  }}.detach();
  static_cast<void>(done.wait_for(close_max));
}

rd_kafka_s* client::handle() const { return state_->handle; }

std::optional<error> client::trouble() const {
  const std::scoped_lock hold{state_->lock};
  return state_->trouble;
}

void client::tell_trouble(trouble_taker hears) {
  const std::scoped_lock hold{state_->lock};
  state_->hears = std::move(hears);
}

std::uint64_t client::troubles() const { return state_->troubles; }

void client::answered() {
  const std::scoped_lock hold{state_->lock};
  state_->trouble.reset();
}

std::optional<error> client::fatal() const {
  std::array<char, 512> why{};
  const auto code = rd_kafka_fatal_error(state_->handle, why.data(), why.size());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  const auto kind = code_of(code) == errc::fenced ? errc::fenced : errc::fatal;
  return error{kind, fmt::format("Kafka's client cannot go on: {}", why.data())};
}

void client::poll(base::duration at_most) {
  rd_kafka_poll(state_->handle, static_cast<int>(at_most.count()));
}

result<cluster_facts> reach(const settings& to, base::duration at_most) {
  auto with = client::open(purpose::administer, to);
  if (!with) return std::unexpected{std::move(with.error())};
  return reach(**with, at_most);
}

result<cluster_facts> reach(client& with, base::duration at_most) {
  const auto slice = static_cast<int>(look_every.count());
  const auto until = steady::now() + at_most;
  while (steady::now() < until) {
    const rd_kafka_metadata_t* found = nullptr;
    const auto code = rd_kafka_metadata(with.handle(), 0, nullptr, &found, slice);
    const metadata_handle facts{found};
    with.poll();
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      with.answered();
      auto* const id = rd_kafka_clusterid(with.handle(), 0);
      cluster_facts known{static_cast<std::uint32_t>(facts->broker_cnt), known_as(id)};
      if (id != nullptr) rd_kafka_mem_free(with.handle(), id);
      return known;
    }
    const auto trouble = with.trouble();
    if (trouble && needs_a_person(trouble->code)) return std::unexpected{*trouble};
  }
  if (const auto trouble = with.trouble()) return std::unexpected{*trouble};
  return base::fail(errc::timed_out, "no Kafka broker has answered");
}

}  // namespace aisle::kafka
