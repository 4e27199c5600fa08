// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/result_follower.hpp"

#include <fstream>

#include <fmt/format.h>

#include "tests/e2e/folder.hpp"

namespace aisle::fault {

namespace fs = std::filesystem;

void file_follower::look(result_laws& into, findings& wrong) {
  for (const auto& name : e2e::files_below(out_)) {
    if (!name.ends_with(".ndjson")) continue;
    auto& part = parts_[name];
    part.sink = fs::path{name}.begin()->string();
    std::ifstream file{out_ / name, std::ios::binary};
    file.seekg(0, std::ios::end);
    const auto bytes = static_cast<std::size_t>(file.tellg());
    const auto had = part.bytes.size();
    if (bytes < had) {
      wrong.add(fmt::format("{} has shrunk from {} to {} bytes", name, had, bytes));
      continue;
    }
    file.seekg(static_cast<std::streamoff>(had));
    part.bytes.resize(bytes);
    file.read(part.bytes.data() + had, static_cast<std::streamsize>(bytes - had));
    part.bytes.resize(had + static_cast<std::size_t>(file.gcount()));
    for (auto end = part.bytes.find('\n', part.lines_to); end != std::string::npos;
         end = part.bytes.find('\n', part.lines_to)) {
      into.take(part.sink, part.bytes.substr(part.lines_to, end - part.lines_to));
      part.lines_to = end + 1;
    }
  }
}

void file_follower::look_back(findings& wrong) {
  for (const auto& [name, part] : parts_) {
    const auto now = e2e::content_of(out_ / name);
    if (now.starts_with(part.bytes)) continue;
    const auto [before, after] = std::ranges::mismatch(part.bytes, now);
    wrong.add(fmt::format("{}: byte {} of {} is not what it was", name, before - part.bytes.begin(),
                          part.bytes.size()));
  }
}

void topic_follower::open(const std::string& topic, findings& wrong) {
  const auto found = aisle::log::open_topic(log_, topic);
  if (!found) return;  // not made yet
  std::vector<partition> made;
  for (std::uint32_t i = 0; i < found->settings.partitions; ++i) {
    auto reader = aisle::log::reader::open_at_start(*found, base::partition_id{i});
    if (!reader) {
      wrong.add(reader.error().message);
      return;
    }
    made.push_back({.topic = topic, .reader = std::move(*reader), .lines = {}});
  }
  open_.emplace(topic, std::move(made));
}

bool topic_follower::take(partition& from, std::vector<std::string>& into, findings& wrong) {
  std::vector<aisle::log::record> records;
  const auto more = from.reader.poll(records);
  if (!more) wrong.add(more.error().message);
  for (const auto& record : records)
    into.emplace_back(record.value.value_or(""));
  return more && *more;
}

void topic_follower::look(result_laws& into, findings& wrong) {
  for (const auto& topic : topics_) {
    if (!open_.contains(topic)) open(topic, wrong);
  }
  for (auto& [topic, partitions] : open_) {
    for (auto& partition : partitions) {
      auto seen = partition.lines.size();
      while (take(partition, partition.lines, wrong)) {
      }
      for (; seen < partition.lines.size(); ++seen)
        into.take(topic, partition.lines[seen]);
    }
  }
}

void topic_follower::look_back(findings& wrong) {
  for (auto& [topic, partitions] : open_) {
    for (auto& partition : partitions) {
      const auto end = partition.reader.position();
      const auto start = partition.reader.start();
      if (!start || !partition.reader.seek(*start)) {
        wrong.add(topic + " cannot be read from its start any more");
        continue;
      }
      std::vector<std::string> again;
      while (partition.reader.position() < end && take(partition, again, wrong)) {
      }
      again.resize(std::min(again.size(), partition.lines.size()));
      if (again != partition.lines) wrong.add(topic + ": what was read once is not what it was");
      if (!partition.reader.seek(end)) wrong.add(topic + " has shrunk");
    }
  }
}

}  // namespace aisle::fault
