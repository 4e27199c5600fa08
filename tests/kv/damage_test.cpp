// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstring>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "runtime/base/hash.hpp"
#include "runtime/kv/crash_guard.hpp"
#include "runtime/kv/pages.hpp"
#include "runtime/kv/verify.hpp"
#include "tests/kv/child.hpp"
#include "tests/kv/folder.hpp"
#include "tests/kv/model.hpp"

namespace aisle::kv {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t page_bytes = 4096;

std::string read_file(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
}

/// How a child gets on that opens a state and reads all of it.
enum class reading : int {
  /// All is as it was written.
  right = 0,
  /// The guard ended the process.
  ended = damaged_exit_code,
  /// An error said that the state is damaged.
  refused = 10,
  /// Some answer was not as written, and nothing said so.
  wrong = 20,
  /// A value was served that was never written there.
  invented = 21,
};

/// A state with folded rows, a chain, long rows, timers, notes and parts, and all that was ever
/// written into it.
struct sample {
  explicit sample(std::uint64_t seed) {
    model_run run{in.path(), seed};
    for (int i = 0; i < 12; ++i) {
      REQUIRE(run.prepare(25, i % 3 == 0 ? 5000 : 300).has_value());
      for (std::uint32_t s = 0; s < model_run::shards; ++s) {
        for (const auto& [key, actor] : run.tip(s).actors) {
          written[key].insert(actor.bytes);
        }
      }
      if (i < 9) {
        run.complete();
        run.fold_all();
      }
      if (i == 5) run.deliver();
      if (i == 7) older = read_file(in.file());
    }
    digest = model_run::digest(run.state());
    run.close();
    bytes = read_file(in.file());
  }

  /// Puts the damaged bytes there, and looks at them from a child process.
  [[nodiscard]] reading read(const std::string& damaged) const {
    write_file(in.file(), damaged);
    const auto end =
        run_in_child([&](const std::function<void()>&) { return static_cast<int>(read_all()); });
    CHECK_MESSAGE(end.signal == 0, "signal ", end.signal, ": ", end.said);
    const auto how =
        end.exit_code == thrown_exit_code ? reading::refused : static_cast<reading>(end.exit_code);
    if (how == reading::ended) {
      CHECK_MESSAGE(end.said.find(in.file().string()) != std::string::npos, end.said);
      CHECK_MESSAGE(end.said.find("is damaged") != std::string::npos, end.said);
    }
    return how;
  }

  [[nodiscard]] bool verify_finds(const std::string& damaged) const {
    write_file(in.file(), damaged);
    const auto found = verify(in.path());
    return !found || !found->sound();
  }

  [[nodiscard]] reading read_all() const {
    const auto state = node_state::open({.folder = in.path(), .new_id = {}});
    if (!state) return reading::refused;
    const auto snap = (*state)->read();
    const auto copies = snap->copies();
    if (!copies) return reading::refused;
    for (const auto& copy : *copies) {
      auto reader = snap->open(copy.id);
      if (!reader) return reading::refused;
      bool invented = false;
      const auto read = reader->scan(0, [&](const actor_state& a) {
        const auto known = written.find(std::string{a.key});
        invented =
            invented || known == written.end() || !known->second.contains(std::string{a.bytes});
        return true;
      });
      if (invented) return reading::invented;
      if (!read || !reader->timers({}, no_timer, SIZE_MAX)) return reading::refused;
      if (!reader->each_note([](auto, auto) { return true; })) return reading::refused;
      const auto boxes = snap->outboxes(copy.id);
      if (!boxes) return reading::refused;
      for (const auto& box : *boxes) {
        for (std::uint32_t i = 0; !box.row.trimmed && i < box.row.parts; ++i) {
          if (!snap->outbox_part(copy.id, box.of, i)) return reading::refused;
        }
      }
    }
    // What is left that can be refused are rows of the ledger: those throw, as REQUIRE does.
    return model_run::digest(**state) == digest ? reading::right : reading::wrong;
  }

  test_folder in;
  std::string bytes;
  /// The file some attempts earlier.
  std::string older;
  std::uint64_t digest = 0;
  std::map<std::string, std::set<std::string>> written;
};

struct tally {
  std::map<reading, std::size_t> ways;
  std::size_t found = 0;
  std::size_t all = 0;

  void take(const sample& from, const std::string& damaged) {
    const auto how = from.read(damaged);
    const bool verified = from.verify_finds(damaged);
    ++ways[how];
    ++all;
    found += verified ? 1 : 0;
    CHECK(how != reading::invented);
    CHECK((how == reading::right || how == reading::ended || how == reading::refused ||
           how == reading::wrong));
    // Whatever changes an answer is found by verify, and what verify lets pass is harmless.
    if (how != reading::right) CHECK(verified);
    if (!verified) CHECK(how == reading::right);
  }
  void tell(std::string_view what) {
    MESSAGE(std::string{what}, ": of ", all, ": as written ", ways[reading::right], ", refused ",
            ways[reading::refused], ", ended with exit 3 ", ways[reading::ended],
            ", something missing or old ", ways[reading::wrong], "; verify found ", found);
  }
};

TEST_CASE("the sample is sound, and is read as it was written") {
  const sample from{1};
  CHECK(from.read(from.bytes) == reading::right);
  CHECK_FALSE(from.verify_finds(from.bytes));
}

TEST_CASE("a flipped bit anywhere is refused or harmless, and verify finds what is not") {
  const sample from{2};
  std::mt19937_64 chance{2};
  tally all;
  for (int i = 0; i < 600 / fewer; ++i) {
    auto damaged = from.bytes;
    const auto at = chance() % damaged.size();
    INFO("byte ", at);
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << chance() % 8));
    all.take(from, damaged);
  }
  all.tell("flipped bits");
}

TEST_CASE("flipped bits in heads of pages and of nodes are refused or found by verify") {
  const sample from{3};
  std::mt19937_64 chance{3};
  tally all;
  for (int i = 0; i < 400 / fewer; ++i) {
    auto damaged = from.bytes;
    const auto page = chance() % (damaged.size() / page_bytes);
    const auto at = page * page_bytes + chance() % 64;
    INFO("byte ", at);
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << chance() % 8));
    all.take(from, damaged);
  }
  all.tell("flipped bits in heads");
}

TEST_CASE("a zeroed page, and sixteen random bytes, are refused or found by verify") {
  const sample from{4};
  std::mt19937_64 chance{4};
  tally zeroed;
  tally random;
  for (std::size_t page = 0; page < from.bytes.size() / page_bytes; page += fewer) {
    INFO("page ", page);
    auto damaged = from.bytes;
    std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(page * page_bytes), page_bytes, '\0');
    zeroed.take(from, damaged);
    damaged = from.bytes;
    const auto at = chance() % (damaged.size() - 16);
    for (std::size_t i = 0; i < 16; ++i) {
      damaged[at + i] = static_cast<char>(chance());
    }
    random.take(from, damaged);
  }
  zeroed.tell("zeroed pages");
  random.tell("sixteen random bytes");
}

TEST_CASE(
    "a file that is cut off is refused before LMDB sees it, unless what is missing was free") {
  const sample from{5};
  tally all;
  for (std::size_t bytes = 0; bytes < from.bytes.size(); bytes += fewer * page_bytes / 2) {
    INFO(bytes, " bytes");
    const auto damaged = from.bytes.substr(0, bytes);
    all.take(from, damaged);
  }
  CHECK(all.ways[reading::ended] == 0);
  CHECK(all.ways[reading::wrong] == 0);
  all.tell("cut off");
}

TEST_CASE("a page that comes from an older state of the file is refused or found by verify") {
  const sample from{6};
  tally all;
  for (std::size_t at = 0; at + page_bytes <= std::min(from.older.size(), from.bytes.size());
       at += fewer * page_bytes) {
    INFO("page ", at / page_bytes);
    auto damaged = from.bytes;
    damaged.replace(at, page_bytes, from.older, at, page_bytes);
    all.take(from, damaged);
  }
  all.tell("older pages");
}

TEST_CASE("a branch that leads to a free page, or to another's, is refused before LMDB sees it") {
  const sample from{10};
  std::mt19937_64 chance{10};
  tally all;
  const auto count = from.bytes.size() / page_bytes;
  for (std::size_t page = pages::meta_pages; page < count; ++page) {
    const auto at = page * page_bytes;
    const bool branch = little_at<std::uint16_t>(from.bytes, at + 10) == pages::flag::branch;
    for (int i = 0; branch && i < 12; i += fewer) {
      const auto node = at + little_at<std::uint16_t>(from.bytes, at + pages::head_bytes + 2);
      const auto child = static_cast<std::uint16_t>(2 + chance() % (count - 2));
      INFO("page ", page, ", to page ", child);
      auto damaged = from.bytes;
      std::memcpy(damaged.data() + node, &child, sizeof child);
      all.take(from, damaged);
    }
  }
  CHECK(all.ways[reading::refused] >= 12 / fewer);
  CHECK(all.ways[reading::wrong] == 0);
  CHECK(all.ways[reading::ended] == 0);
  all.tell("branches led astray");
}

TEST_CASE("opened with a check of the whole file, nothing damaged is served at all") {
  const sample from{9};
  std::mt19937_64 chance{9};
  for (int i = 0; i < 100; ++i) {
    auto damaged = from.bytes;
    const auto page = chance() % (damaged.size() / page_bytes);
    damaged[page * page_bytes + chance() % 200] ^= static_cast<char>(1 << chance() % 8);
    const bool found = from.verify_finds(damaged);
    const auto opened = node_state::open(
        {.folder = from.in.path(), .check = open_options::checks::whole_file, .new_id = {}});
    CHECK(opened.has_value() == !found);
    if (!opened) CHECK(opened.error().code == errc::damaged);
  }
}

TEST_CASE("a file that is cut off while it is open ends the process with exit 3 and a reason") {
  const sample from{7};
  write_file(from.in.file(), from.bytes);
  const auto end = run_in_child([&](const std::function<void()>&) {
    const auto state = node_state::open({.folder = from.in.path(), .new_id = {}});
    if (!state) return 1;
    fs::resize_file(from.in.file(), 2 * page_bytes);
    return model_run::digest(**state) != 0 ? 0 : 2;
  });
  CHECK(end.exit_code == damaged_exit_code);
  CHECK_MESSAGE(end.said.find("SIGBUS") != std::string::npos, end.said);
}

TEST_CASE("a fault that is not LMDB's ends as it always did") {
  const test_folder in;
  const auto end = run_in_child([&](const std::function<void()>&) {
    static_cast<void>(::signal(SIGSEGV, SIG_DFL));
    const model_run run{in.path(), 8};
    ::raise(SIGSEGV);
    return 0;
  });
  CHECK(end.signal == SIGSEGV);
}

}  // namespace
}  // namespace aisle::kv
