// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/query.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/send.hpp>
#include <fmt/format.h>

#include "runtime/base/json_object.hpp"
#include "runtime/base/pack.hpp"
#include "runtime/base/yaml.hpp"

namespace aisle::node {
namespace {

/// Actors a shard looks at for one message.
constexpr std::size_t page = 2'000;
constexpr std::uint32_t key_fields_max = 64;
/// A shard that works off a turn, or waits for a disk, answers later than one that is idle.
constexpr std::chrono::seconds patience{30};

std::expected<answer, std::string> ask_one(const caf::actor& shard, const question& asked) {
  auto promise = std::make_shared<std::promise<answer>>();
  auto future = promise->get_future();
  caf::anon_send(shard, ask{std::make_shared<const question>(asked), std::move(promise)});
  if (future.wait_for(patience) != std::future_status::ready) {
    return std::unexpected{fmt::format("a shard has not answered for {} s", patience.count())};
  }
  try {
    return future.get();
  } catch (const std::future_error&) {
    return std::unexpected{"the run is over"};
  }
}

}  // namespace

std::string line_of(const entity::stage& of, const entity::actor_view& one,
                    std::string_view state) {
  std::string json;
  base::json_object record{json};
  record.text("stage", of.name);
  record::append_key_json(record.name("key"), of.key, one.key);
  record.boolean("awake", one.awake);
  record.boolean("quarantined", one.quarantined);
  record.integer("failures", one.failures);
  record.integer("bytes", static_cast<std::int64_t>(one.bytes));
  record.time("last", one.last);
  record.value("due", one.due == base::end_of_time ? base::value{} : base::value::of(one.due));
  if (!state.empty()) {
    record.raw("state", state);
  }
  record.end();
  return json;
}

std::expected<std::string, std::string> encode_key(const std::string& stage,
                                                   std::span<const record::key_field> fields,
                                                   const std::vector<std::string>& texts) {
  if (texts.size() != fields.size()) {
    return std::unexpected{
        fmt::format("a key of stage {} has {} fields, not {}", stage, fields.size(), texts.size())};
  }
  std::vector<base::value> values;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto kind = fields[i].type.kind;
    const auto number = base::strict_integer(texts[i]);
    if (kind == base::kind::string) {
      values.push_back(base::value::of(std::string_view{texts[i]}));
    } else if (kind == base::kind::integer && number) {
      values.push_back(base::value::of(*number));
    } else if (kind == base::kind::boolean && (texts[i] == "true" || texts[i] == "false")) {
      values.push_back(base::value::of(texts[i] == "true"));
    } else {
      return std::unexpected{fmt::format(
          "\"{}\" is no {} that can be asked for: texts, whole numbers, true and false can",
          texts[i], fields[i].name)};
    }
  }
  std::string key;
  record::encode_key(key, values);
  return key;
}

answer answer_of(entity::shard& shard, const question& asked) {
  const auto& of = shard.stage();
  answer given;
  if (asked.request == request::list) {
    given.next = shard.host().list(asked.cursor, page, [&](const entity::actor_view& one) {
      if (!asked.quarantined_only || one.quarantined) {
        given.lines.push_back(line_of(of, one, {}));
      }
    });
    return given;
  }
  const bool done = asked.request == request::get || shard.release(asked.encoded_key);
  if (const auto found = shard.host().find(asked.encoded_key); done && found) {
    // The view may point into what describe() reads.
    const auto state = shard.host().describe(asked.encoded_key).value_or("{}");
    given.lines.push_back(line_of(of, *shard.host().find(asked.encoded_key), state));
  }
  return given;
}

std::expected<std::vector<std::string>, std::string> ask_shards(
    const wiring& wired, const std::vector<caf::actor>& shards, const question& asked) {
  std::vector<std::string> lines;
  bool known = asked.stage.empty() && asked.request == request::list;
  for (std::size_t s = 0; s < shards.size(); ++s) {
    const auto& of = wired.stages[wired.shards[s].stage];
    if (!asked.stage.empty() && of.name != asked.stage) {
      continue;
    }
    known = true;
    auto next = asked;
    if (asked.request != request::list) {
      auto key = encode_key(of.name, of.key, asked.key);
      if (!key) {
        return std::unexpected{std::move(key.error())};
      }
      next.encoded_key = std::move(*key);
    }
    do {
      auto given = ask_one(shards[s], next);
      if (!given) {
        return std::unexpected{std::move(given.error())};
      }
      std::ranges::move(given->lines, std::back_inserter(lines));
      next.cursor = given->next;
    } while (next.cursor != 0 && lines.size() < asked.limit);
    if (lines.size() >= asked.limit) {
      lines.resize(asked.limit);
      break;
    }
  }
  if (!known) {
    std::string names;
    for (const auto& stage : wired.stages) {
      names += (names.empty() ? "" : ", ") + stage.name;
    }
    return std::unexpected{
        fmt::format("there is no stage \"{}\"; this topology has {}", asked.stage, names)};
  }
  return lines;
}

std::string pack(const question& asked) {
  std::string bytes;
  base::packer to{bytes};
  to.array(5);
  to.integer(static_cast<std::int64_t>(asked.request));
  to.text(asked.stage);
  to.array(static_cast<std::uint32_t>(asked.key.size()));
  for (const auto& part : asked.key) {
    to.text(part);
  }
  to.integer(static_cast<std::int64_t>(asked.limit));
  to.boolean(asked.quarantined_only);
  return bytes;
}

std::optional<question> unpack_question(std::string_view bytes) {
  base::unpacker from{bytes};
  question asked;
  if (from.array(5) != 5) {
    return std::nullopt;
  }
  const auto request = from.integer();
  asked.request = static_cast<node::request>(request);
  asked.stage = from.text();
  const auto parts = from.array(key_fields_max);
  for (std::uint32_t i = 0; i < parts && from.ok(); ++i) {
    asked.key.emplace_back(from.text());
  }
  asked.limit = static_cast<std::uint64_t>(std::max<std::int64_t>(from.integer(), 1));
  asked.quarantined_only = from.boolean();
  return from.done() && request >= 0 && request <= 3 ? std::optional{asked} : std::nullopt;
}

}  // namespace aisle::node
