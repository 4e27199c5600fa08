// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "tests/sim/cluster_process.hpp"

namespace aisle::cluster_sim {
namespace {

std::string channel_name(std::string_view kind, const shard_name& to) {
  return fmt::format("{}/{}", kind, to_text(to));
}

/// Half of the cells; the halves are sent at different times.
std::map<std::string, cell> half_of(const std::map<std::string, cell>& all, std::uint32_t half) {
  std::map<std::string, cell> some;
  for (const auto& [row, cell] : all) {
    if (base::hash64(row) % 2 == half) {
      some.emplace(row, cell);
    }
  }
  return some;
}

checkpoint::shared_bytes share(std::string bytes) {
  return std::make_shared<const std::string>(std::move(bytes));
}

}  // namespace

// -- readers -------------------------------------------------------------------------------------

void process::carry_out(const control::partition_name& partition,
                        const checkpoint::reader_effects& effects) {
  auto& reader = readers_[partition];
  for (const auto& effect : effects) {
    if (const auto* const seek = std::get_if<checkpoint::seek_to>(&effect)) {
      reader.next = seek->at.next.get();
      reader.numbers.clear();
    } else if (const auto* const barrier = std::get_if<checkpoint::send_barriers>(&effect)) {
      send_events(partition.number, reader, 0, barrier->n);
      const auto highest = highest_before(world_.work, partition.number, reader.next);
      tell_leader(checkpoint::cut{.n = barrier->n,
                                  .at = {.partition = partition,
                                         .next = base::offset{reader.next},
                                         .highest = base::event_time{base::duration{highest}},
                                         .idle = false}});
    }
  }
}

void process::read_source() {
  for (auto& [partition, reader] : readers_) {
    const auto left = world_.work.events - reader.next;
    if (reader.protocol.state() != checkpoint::reader_state::reading || left == 0 ||
        world_.once_in(2)) {
      continue;
    }
    const auto count =
        std::min<std::int64_t>(left, 1 + static_cast<std::int64_t>(world_.chance(3)));
    send_events(partition.number, reader, count, std::nullopt);
    reader.protocol.read(static_cast<std::size_t>(count));
  }
}

void process::send_events(std::uint32_t partition, source_reader& reader, std::int64_t count,
                          std::optional<base::epoch> barrier) {
  std::map<std::uint32_t, std::vector<std::int64_t>> by_shard;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto event = world_.work.at(partition, reader.next);
    by_shard[world_.work.shard_of(event.key)].push_back(reader.next++);
  }
  const auto watermark = highest_before(world_.work, partition, reader.next) - disorder;
  for (std::uint32_t s = 0; s < world_.work.shards; ++s) {
    if (by_shard[s].empty() && !barrier) {
      continue;
    }
    auto& number = reader.numbers[s];
    number = number.next();
    const auto to = world_.work.shard(s);
    const auto owner = node_of(assign_->find(to)->owner);
    post(owner, channel_name(fmt::format("events{}", partition), to),
         data_message{.to = to,
                      .channel = partition,
                      .sequence = number,
                      .events = by_shard[s],
                      .lines = {},
                      .watermark = watermark,
                      .barrier = barrier});
  }
}

void process::handle(const envelope&, const checkpoint::start_epoch& what) {
  for (auto& [partition, reader] : readers_) {
    checkpoint::reader_effects effects;
    reader.protocol.start(what.n, effects);
    carry_out(partition, effects);
  }
}

// -- shards --------------------------------------------------------------------------------------

void process::handle(const envelope&, const data_message& what) {
  const auto found = owned_.find(what.to);
  if (found == owned_.end()) {
    return;
  }
  auto& shard = found->second;
  const flow::channel on{what.channel};
  auto number = what.sequence;
  if (lies(mutation::ignore_gap)) {
    number = shard.pretended[what.channel] = shard.pretended[what.channel].next();
  }
  arrive(what.to, shard, what, shard.channels.arrived(on, number));
}

void process::arrive(const shard_name& to, owned_shard& shard, const data_message& message,
                     checkpoint::arrival how) {
  using checkpoint::arrival;
  if (how == arrival::take) {
    use(to, shard, message);
  } else if (how == arrival::park) {
    shard.parked[message.channel].push_back(message);
  } else if (how == arrival::say_gone) {
    say_gone(to_text(to), "a gap in a channel");
  }
}

void process::use(const shard_name& to, owned_shard& shard, const data_message& message) {
  if (shard.state) {
    std::vector<line> out;
    const auto before = shard.state->merged();
    for (const auto offset : message.events) {
      shard.state->apply(message.channel, world_.work.at(message.channel, offset), out);
    }
    shard.state->advance(message.channel, message.watermark, out);
    world_.watch.merged_watermark(to, before, shard.state->merged());
    for (const auto& line : out) {
      shard.lines[line.lane] += fmt::format("{} {}\n", line.stream, line.text);
    }
    flush(to, shard, std::nullopt);
  } else {
    shard.running += message.lines;
  }
  if (!message.barrier) {
    return;
  }
  const auto how = shard.channels.barrier(flow::channel{message.channel}, *message.barrier);
  if (how == checkpoint::arrival::cut) {
    cut(to, shard, *message.barrier);
  } else if (how == checkpoint::arrival::say_gone) {
    say_gone(to_text(to), "a barrier out of order");
  }
}

void process::flush(const shard_name& from, owned_shard& shard,
                    std::optional<base::epoch> barrier) {
  for (std::uint32_t l = 0; l < world_.work.lanes; ++l) {
    auto lines = std::exchange(shard.lines[l], {});
    if (lines.empty() && !barrier) {
      continue;
    }
    auto& number = shard.numbers[l];
    number = number.next();
    const auto to = world_.work.lane(l);
    post(node_of(assign_->find(to)->owner), channel_name(to_text(from), to),
         data_message{.to = to,
                      .channel = from.number,
                      .sequence = number,
                      .events = {},
                      .lines = std::move(lines),
                      .watermark = 0,
                      .barrier = barrier});
  }
}

void process::cut(const shard_name& at, owned_shard& shard, base::epoch n) {
  const attempt is{.generation = node_protocol_.log().generation(), .epoch = n};
  sent_delta delta{.is = {}, .base = shard.last.attempt, .bytes = encode(freeze(at, shard, is))};
  delta.is = {.attempt = is, .checksum = checkpoint::chained(shard.last.checksum, delta.bytes)};
  shard.last = delta.is;
  world_.watch.has_content(at, is, delta.bytes);
  world_.say(fmt::format("{} cuts {} of {}", node_, to_text(is), to_text(at)));
  if (shard.state) {
    flush(at, shard, n);
  }
  shard.deltas.push_back(delta);
  give_delta(at, delta);
  for (const auto index : assign_->find(at)->required) {
    if (const auto to = node_of(index); to != node_) {
      send_delta(at, to, delta);
    }
  }
  for (const auto to : shard.targets) {
    send_delta(at, to, delta);
  }
  for (auto& [channel, waiting] : shard.parked) {
    while (!waiting.empty()) {
      const auto how = shard.channels.unparked(flow::channel{channel});
      if (how == checkpoint::arrival::park) {
        break;
      }
      const auto message = std::move(waiting.front());
      waiting.pop_front();
      arrive(at, shard, message, how);
    }
  }
}

changes process::freeze(const shard_name& at, owned_shard& shard, attempt is) {
  if (shard.state) {
    return shard.state->take_changes();
  }
  changes what;
  auto& rows = shard.lane_rows;
  const auto put = [&](const std::string& row, const std::string& value) {
    if (rows[row] != value) {
      what[row] = rows[row] = value;
    }
  };
  const auto& lane = lanes_[at].protocol;
  const auto out = lane.delivered_to();
  put("delivered_to", outbox_row(out));
  if (lane.born()) {
    put("born", "1");
  }
  for (auto row = rows.lower_bound("outbox/"); row != rows.end();) {
    if (!row->first.starts_with("outbox/") || row->first > outbox_row(out)) {
      break;
    }
    what[row->first] = std::nullopt;
    row = rows.erase(row);
  }
  if (shard.running.empty()) {
    return what;
  }
  const auto start = rows.contains("end") ? std::stoll(rows["end"]) : 0;
  const auto prev = rows.contains("last") ? rows["last"] : outbox_row({});
  stored_outbox box{
      .head = {.attempt = is, .prev = attempt_of(prev), .parts = 1}, .start = start, .parts = {}};
  auto bytes = std::exchange(shard.running, {});
  put("end", std::to_string(start + static_cast<std::int64_t>(bytes.size())));
  const bool bounded = world_.sinks[at.number].kind() != sink_kind::files && bytes.size() > 60;
  const auto first = bounded ? bytes.find('\n', bytes.size() / 2) + 1 : bytes.size();
  box.parts.push_back(bytes.substr(0, first));
  if (first < bytes.size()) {
    box.parts.push_back(bytes.substr(first));
  }
  put(outbox_row(is), encode(box));
  put("last", outbox_row(is));
  return what;
}

// -- copies --------------------------------------------------------------------------------------

void process::post_copy(const shard_name& shard, std::size_t to, payload what) {
  world_.net.send(channel_name("copy", shard), {.from = node_,
                                                .to = to,
                                                .stamp = node_protocol_.own_stamp(),
                                                .number = ++sent_[{shard, to}],
                                                .what = std::move(what)});
}

/// In two chunks, as far as that goes.
void process::send_delta(const shard_name& shard, std::size_t to, const sent_delta& delta) {
  const std::uint32_t count = lies(mutation::any_base) ? 1 : 2;
  const auto size = delta.bytes.size() / count;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto from = i * size;
    auto bytes = i + 1 == count ? delta.bytes.substr(from) : delta.bytes.substr(from, size);
    post_copy(shard, to,
              checkpoint::delta_chunk{.shard = shard,
                                      .attempt = delta.is.attempt,
                                      .base = delta.base,
                                      .checksum = delta.is.checksum,
                                      .index = i,
                                      .count = count,
                                      .bytes = share(std::move(bytes))});
  }
}

void process::give_delta(const shard_name& shard, const sent_delta& delta) {
  checkpoint::copy_effects effects;
  copies_.at(shard).delta({.shard = shard,
                           .attempt = delta.is.attempt,
                           .base = delta.base,
                           .checksum = delta.is.checksum,
                           .index = 0,
                           .count = 1,
                           .bytes = share(delta.bytes)},
                          effects);
  carry_out(shard, effects);
}

bool process::is_next_of_copy(const envelope& from, const shard_name& shard) {
  auto& last = taken_[{shard, from.from}];
  if (from.number == last + 1 || lies(mutation::any_base)) {
    last = from.number;
    return true;
  }
  // Nothing more fits behind a gap, so this is said at most once for each message behind it.
  say_gone(to_text(shard), "a gap in what was copied");
  return false;
}

void process::handle(const envelope& from, const checkpoint::delta_chunk& what) {
  if (!is_next_of_copy(from, what.shard)) {
    return;
  }
  auto& copy = copies_.at(what.shard);
  auto chunk = what;
  if (lies(mutation::any_base) && copy.tip()) {
    chunk.base = copy.tip()->attempt;
    chunk.checksum = checkpoint::chained(copy.tip()->checksum, *chunk.bytes);
    pretended_[{what.shard, what.attempt}] = what.checksum;
  }
  checkpoint::copy_effects effects;
  copy.delta(chunk, effects);
  carry_out(what.shard, effects);
}

void process::handle(const envelope&, const checkpoint::fill_order& what) {
  const auto found = owned_.find(what.shard);
  if (found == owned_.end()) {
    return;
  }
  auto& shard = found->second;
  const auto target = node_of(what.target);
  const auto complete = node_protocol_.log().stood_on();
  const auto held = copies_.at(what.shard).held();
  const auto start = *std::ranges::find(held, complete, &checkpoint::version::attempt);
  world_.say(fmt::format("{} fills {} on {} from {}", node_, to_text(what.shard), target,
                         to_text(complete)));
  shard.targets.insert(target);
  auto cells = half_of(own_disk().copies[what.shard].cells_at(complete), 0);
  if (lies(mutation::fill_tip_only)) {
    std::erase_if(cells, [](const auto& c) { return c.first.starts_with("outbox/"); });
  }
  post_copy(what.shard, target,
            checkpoint::fill_chunk{.shard = what.shard,
                                   .start = start,
                                   .index = 0,
                                   .bytes = share(encode_cells(cells)),
                                   .end = std::nullopt});
  for (const auto& delta : shard.deltas) {
    if (delta.is.attempt > complete) {
      send_delta(what.shard, target, delta);
    }
  }
  shard.fills.push_back({.target = target, .next = 1, .start = start});
}

void process::go_on_filling() {
  for (auto& [name, shard] : owned_) {
    if (shard.fills.empty()) {
      continue;
    }
    const auto fill = shard.fills.front();
    shard.fills.pop_front();
    const auto complete = node_protocol_.log().stood_on();
    const auto held = copies_.at(name).held();
    auto cells = half_of(own_disk().copies[name].cells_at(complete), 1);
    if (lies(mutation::fill_tip_only)) {
      std::erase_if(cells, [](const auto& c) { return c.first.starts_with("outbox/"); });
    }
    post_copy(name, fill.target,
              checkpoint::fill_chunk{
                  .shard = name,
                  .start = fill.start,
                  .index = fill.next,
                  .bytes = share(encode_cells(cells)),
                  .end = *std::ranges::find(held, complete, &checkpoint::version::attempt)});
    return;
  }
}

void process::handle(const envelope& from, const checkpoint::fill_chunk& what) {
  if (!is_next_of_copy(from, what.shard)) {
    return;
  }
  checkpoint::copy_effects effects;
  copies_.at(what.shard).fill(what, effects);
  carry_out(what.shard, effects);
}

}  // namespace aisle::cluster_sim
