// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/transition.hpp"

#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "runtime/base/pack.hpp"
#include "runtime/topology/load.hpp"
#include "runtime/topology/past_layouts.hpp"
#include "tests/topology/folder.hpp"
#include "tests/topology/models.hpp"

namespace aisle::topology {
namespace {

constexpr std::string_view shop = R"yaml(aisle: 1
topology: shop
sources:
  sales: {files: data/sales-1.ndjson, contract: sale, disorder: 30s}
  movements: {files: data/movements.ndjson, contract: movement}
actors:
  place:
    per: place
    reads: sales
    windows:
      hourly: {tumbling: 1h, lateness: 5m, keep: {n: count(), total: sum(amount)}}
    decides:
      odd: {anomaly: amount, of: amount, sigma: 4}
      fast: {anomaly: velocity, by: place, more_than: 5}
  article:
    per: article
    reads: [sales.lines, movements]
    estimates:
      usual: {forecast: seasonal, of: pieces}
sinks:
  windows: {from: "*.windows", files: windows}
  decisions: {from: place.decisions, files: decisions, lanes: 2}
)yaml";

/// The topology with some of its text in another form.
std::string edited(std::string_view from, std::string_view to,
                   std::string text = std::string{shop}) {
  const auto at = text.find(from);
  REQUIRE_MESSAGE(at != std::string::npos, from);
  text.replace(at, from.size(), to);
  return text;
}

std::expected<plan, base::diagnostics> loaded(std::string text) {
  options with;
  with.working_dir = testing::broken_folder;
  with.inputs = inputs::may_be_missing;
  return load_text(std::move(text), "shop.yaml", with, testing::make_models());
}

manifest of(std::string text, std::uint32_t shards = 4) {
  const auto made = loaded(std::move(text));
  REQUIRE_MESSAGE(made.has_value(), (made ? "" : base::to_text(made.error().front())));
  return manifest_of(*made, shards);
}

transition edit(std::string_view from, std::string_view to) {
  return compare(of(std::string{shop}), of(edited(from, to)));
}

const verdict& verdict_on(const transition& all, part p, std::string_view name) {
  const auto at = std::ranges::find_if(
      all.verdicts, [&](const verdict& v) { return v.part == p && v.name == name; });
  REQUIRE_MESSAGE(at != all.verdicts.end(), name);
  return *at;
}

/// Everything but what is kept as it was: `behaviour "odd" of place: kept: sigma: 4 → 5`.
std::vector<std::string> news(const transition& all) {
  std::vector<std::string> lines;
  for (const auto& v : all.verdicts) {
    if (v.fate != fate::kept || (v.part == part::behaviour && !v.why.empty())) {
      lines.push_back(fmt::format("{}: {}: {}", name_of(v), to_text(v.fate), v.why));
    }
  }
  return lines;
}

using lines = std::vector<std::string>;

TEST_CASE("a manifest is what it was after it was packed, and equal ones have equal bytes") {
  const auto made = of(std::string{shop});
  const auto bytes = pack(made);
  const auto again = unpack_manifest(bytes);
  REQUIRE(again.has_value());
  CHECK((*again == made));
  CHECK((pack(*again) == bytes));
  CHECK(
      (made.stages[1].key == std::vector<manifest::field>{{"place", {base::kind::string}, true}}));
  CHECK(made.sources[1].partitions == 1);
  CHECK(made.sinks[0].lanes == 2);
}

manifest in_kafka(std::uint32_t partitions) {
  options with;
  with.working_dir = testing::broken_folder;
  with.inputs = inputs::may_be_missing;
  with.log = *parse_log("kafka:h:9092", "/");
  const auto made = load_text(edited("files: data/movements.ndjson", "topic: movements"),
                              "shop.yaml", with, testing::make_models());
  REQUIRE(made.has_value());
  return manifest_of(*made, 4, {partitions, 0});
}

TEST_CASE("a topic in Kafka may have more partitions than the state has read, and goes on") {
  const auto to = compare(in_kafka(4), in_kafka(6));
  CHECK(to.keeps_all());
  const auto& v = verdict_on(to, part::source, "movements");
  CHECK(v.fate == fate::kept);
  CHECK(v.why.find("grown from 4 to 6 partitions") != std::string::npos);
  CHECK(verdict_on(compare(in_kafka(4), in_kafka(4)), part::source, "movements").why ==
        "read on from where it was");
}

TEST_CASE("a topic with fewer partitions is another one, and the state is not used for it") {
  const auto to = compare(in_kafka(6), in_kafka(4));
  CHECK_FALSE(to.may_drop());
  const auto& v = verdict_on(to, part::source, "movements");
  CHECK(v.fate == fate::incompatible);
  CHECK(v.why.find("deleted and made anew") != std::string::npos);
  CHECK(v.advice.find("empty --state") != std::string::npos);
}

TEST_CASE("that a topic may grow is not kept: the state is the same bytes") {
  auto other = in_kafka(4);
  REQUIRE(other.sources[0].may_grow);
  other.sources[0].may_grow = false;
  CHECK((pack(other) == pack(in_kafka(4))));
  CHECK((other == in_kafka(4)));
}

TEST_CASE("new partitions are new channels, and those that were go on as they were") {
  const auto layouts = past_layouts({in_kafka(1), in_kafka(3)});
  const auto& made = in_kafka(3);
  const auto stage = static_cast<std::size_t>(
      std::ranges::find(made.stages, "article", &manifest::stage::name) - made.stages.begin());
  const auto* const past = layouts[stage]->find(1);
  REQUIRE(past != nullptr);
  std::vector<std::optional<std::uint32_t>> channels;
  for (const auto& stream : made.stages[stage].streams) {
    if (stream.source == "sales") {
      channels.emplace_back(channels.size());
    } else {
      channels.insert(channels.end(), {std::optional<std::uint32_t>{channels.size()}, {}, {}});
    }
  }
  CHECK((past->channels == channels));
}

TEST_CASE("a sink that moves to Kafka is another sink") {
  auto before = in_kafka(1);
  before.sinks[0].into = "kafka";
  CHECK_FALSE(compare(before, in_kafka(1)).keeps_all());
}

TEST_CASE("bytes that are no manifest are an error, whatever they are") {
  const auto bytes = pack(of(std::string{shop}));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(unpack_manifest(std::string_view{bytes}.substr(0, size)).has_value());
  }
  CHECK_FALSE(unpack_manifest(bytes + "x").has_value());
  std::mt19937_64 chance{5};
  for (int i = 0; i < 20'000; ++i) {
    auto damaged = bytes;
    for (auto left = chance() % 4 + 1; left > 0; --left) {
      damaged[chance() % damaged.size()] = static_cast<char>(chance());
    }
    // Most are refused; those that are not have other words in them, and no more than that.
    if (const auto read = unpack_manifest(damaged)) {
      CHECK(unpack_manifest(pack(*read)).has_value());
    }
  }
}

TEST_CASE("a manifest of a newer program is refused, and the text says what to do") {
  auto bytes = pack(of(std::string{shop}));
  bytes[0] = 2;
  const auto read = unpack_manifest(bytes);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error() ==
        "the state was written by a newer Aisle: its manifest has version 2, this program knows 1; "
        "run the newer one");
}

TEST_CASE("the same topology goes on with everything") {
  const auto same = compare(of(std::string{shop}), of(std::string{shop}));
  CHECK(same.keeps_all());
  CHECK((news(same) == lines{}));
  CHECK(same.drops.empty());
  CHECK(same.renames.empty());
  CHECK_FALSE(obstacle(same, false).has_value());
}

TEST_CASE("another value of a parameter keeps the state, and is told") {
  const auto made = edit("sigma: 4", "sigma: 5");
  CHECK(made.keeps_all());
  CHECK((news(made) == lines{"behaviour \"odd\" of place: kept: sigma: 4 → 5"}));
}

TEST_CASE("a behaviour that the state does not know is new, and the others are kept") {
  const auto made = edit("    estimates:\n",
                         "    decides:\n      strange: {anomaly: amount, of: pieces}\n"
                         "    estimates:\n");
  CHECK(made.keeps_all());
  CHECK((news(made) == lines{"behaviour \"strange\" of article: new: it begins with what is read "
                             "from now on"}));
}

TEST_CASE("what says `was:` goes on with the state of its old name") {
  const auto behaviour = edit("odd: {", "unusual: {was: odd, ");
  CHECK(behaviour.keeps_all());
  CHECK((news(behaviour) == lines{"behaviour \"unusual\" of place: kept: was \"odd\""}));
  const auto window = edit("hourly: {", "by_hour: {was: hourly, ");
  CHECK(window.keeps_all());
  CHECK((verdict_on(window, part::behaviour, "by_hour").fate == fate::kept));
  const auto stage =
      compare(of(std::string{shop}), of(edited("  place:\n", "  store:\n    was: place\n",
                                               edited("place.decisions", "store.decisions"))));
  CHECK(stage.keeps_all());
  CHECK((stage.renames == std::vector<renamed_stage>{{"place", "store"}}));
  CHECK(stage.drops.empty());
  CHECK((verdict_on(stage, part::behaviour, "odd").fate == fate::kept));
}

TEST_CASE("a name that has changed without `was:` is a state dropped and another begun") {
  const auto made = edit("odd: {", "unusual: {");
  CHECK_FALSE(made.keeps_all());
  CHECK(made.may_drop());
  CHECK((verdict_on(made, part::behaviour, "odd").fate == fate::dropped));
  CHECK((verdict_on(made, part::behaviour, "unusual").fate == fate::added));
  const auto refused = obstacle(made, false);
  REQUIRE(refused.has_value());
  CHECK(*refused ==
        "behaviour \"odd\" of place: dropped: the stage has no such behaviour; put it back, write "
        "`was: odd` in the one that goes on with its state, or run with --drop");
  CHECK_FALSE(obstacle(made, true).has_value());
}

TEST_CASE("a stage, a source and a sink that are gone have to be dropped as a whole") {
  auto text = edited(
      "  article:\n    per: article\n    reads: [sales.lines, movements]\n"
      "    estimates:\n      usual: {forecast: seasonal, of: pieces}\n",
      "");
  text = edited("  movements: {files: data/movements.ndjson, contract: movement}\n", "", text);
  text = edited("  windows: {from: \"*.windows\", files: windows}\n", "", text);
  const auto made = compare(of(std::string{shop}), of(text));
  CHECK((made.drops == std::vector<kept_unit>{{part::source, "movements"},
                                              {part::stage, "article"},
                                              {part::sink, "windows"}}));
  CHECK_FALSE(made.keeps_all());
  CHECK(made.may_drop());
}

TEST_CASE(
    "a window whose cells are others cannot go on with them; how it is called, and how late "
    "events may come, is not in them") {
  CHECK(edit("n: count()", "events: count()").keeps_all());
  CHECK(edit("lateness: 5m", "lateness: 1m").keeps_all());
  for (const auto* other : {"{tumbling: 2h, lateness: 5m, keep: {n: count(), total: sum(amount)}}",
                            "{tumbling: 1h, keep: {n: count()}}",
                            "{tumbling: 1h, keep: {total: sum(amount), n: count()}}",
                            "{tumbling: 1h, keep: {n: count(), total: sum(amount * 2)}}",
                            "{sliding: 1h, every: 5m, keep: {n: count(), total: sum(amount)}}"}) {
    const auto made =
        edit("{tumbling: 1h, lateness: 5m, keep: {n: count(), total: sum(amount)}}", other);
    const auto& v = verdict_on(made, part::behaviour, "hourly");
    CHECK((v.fate == fate::incompatible));
    CHECK_FALSE(v.is_final);
    CHECK(made.may_drop());
    // The others are not touched by it.
    CHECK((verdict_on(made, part::behaviour, "odd").fate == fate::kept));
  }
}

TEST_CASE("under the same name another model is another behaviour") {
  const auto made = edit("fast: {anomaly: velocity, by: place, more_than: 5}",
                         "fast: {anomaly: amount, of: amount}");
  const auto& v = verdict_on(made, part::behaviour, "fast");
  CHECK((v.fate == fate::incompatible));
  CHECK(v.why == "it was decision anomaly: velocity, and is decision anomaly: amount now");
}

TEST_CASE("a state that was saved in an older form is migrated, in a newer one refused for good") {
  auto before = of(std::string{shop});
  const auto now = of(std::string{shop});
  auto& odd = before.stages[1].behaviours[1];
  REQUIRE(odd.name == "odd");
  odd.version = 0;
  const auto& migrated = compare(before, now).verdicts;
  CHECK((std::ranges::count(migrated, fate::migrated, &verdict::fate) == 1));
  CHECK(compare(before, now).keeps_all());
  odd.version = 7;
  const auto refused = compare(before, now);
  CHECK_FALSE(refused.may_drop());
  const auto& v = verdict_on(refused, part::behaviour, "odd");
  CHECK(v.why == "its state has version 7, of a newer Aisle; this program knows 1");
  CHECK(obstacle(refused, true).has_value());
}

TEST_CASE("a stage with another key begins anew, or not at all") {
  const auto made = edit("    per: place\n", "    per: []\n");
  const auto& v = verdict_on(made, part::stage, "place");
  CHECK((v.fate == fate::incompatible));
  CHECK(v.why == "its key was [place string], and is [] now");
  CHECK((made.drops == std::vector<kept_unit>{{part::stage, "place"}}));
  CHECK(made.may_drop());
}

TEST_CASE("what dropping would not help is refused with and without it") {
  const std::string whole{shop};
  for (const auto& other :
       {edited("topology: shop", "topology: mart"),
        edited("topology: shop", "topology: shop\norder: arrival"), edited("lanes: 2", "lanes: 3"),
        edited("reads: [sales.lines, movements]", "reads: [movements, sales.lines]"),
        edited("files: windows}", "files: windows, delivery: immediate}")}) {
    const auto made = compare(of(whole), of(other));
    CHECK_FALSE(made.may_drop());
    CHECK(obstacle(made, true).has_value());
  }
  CHECK_FALSE(compare(of(whole, 4), of(whole, 3)).may_drop());
  auto more_partitions = of(whole);
  more_partitions.sources[1].partitions = 2;
  CHECK_FALSE(compare(of(whole), more_partitions).may_drop());
  CHECK(compare(of(whole, 4), of(whole, 3), true).keeps_all());
}

TEST_CASE("events that wait may lack a field that is new, unless it is required") {
  const auto now = of(std::string{shop});
  auto before = now;
  auto& fields = before.stages[1].streams[0].fields;
  const auto gone = std::ranges::find(fields, false, &manifest::field::required);
  REQUIRE(gone != fields.end());
  fields.erase(gone);
  CHECK(compare(before, now).keeps_all());
  const auto needed = std::ranges::find(fields, true, &manifest::field::required);
  fields.erase(needed);
  CHECK_FALSE(compare(before, now).may_drop());
  auto retyped = now;
  retyped.stages[1].streams[0].fields[1].type = {base::kind::duration};
  CHECK_FALSE(compare(retyped, now).may_drop());
}

TEST_CASE("`was:` names what is here no more, once") {
  const auto code_of = [](std::string text) {
    const auto made = loaded(std::move(text));
    return made ? std::string{"good"} : made.error().front().code;
  };
  CHECK(code_of(edited("odd: {", "odd: {was: strange, ")) == "good");
  CHECK(code_of(edited("odd: {", "odd: {was: odd, ")) == "bad-was");
  CHECK(code_of(edited("odd: {", "odd: {was: fast, ")) == "bad-was");
  CHECK(code_of(edited("odd: {", "odd: {was: hourly, ")) == "bad-was");
  CHECK(code_of(edited("odd: {", "odd: {was: two words, ")) == "bad-name");
  CHECK(code_of(edited("  place:\n", "  place:\n    was: article\n")) == "bad-was");
  CHECK(code_of(edited("fast: {", "fast: {was: old, ", edited("odd: {", "odd: {was: old, "))) ==
        "bad-was");
}

// ---- what was kept under older manifests
// ----------------------------------------------------------

using place = std::optional<std::uint32_t>;

TEST_CASE("actors of every older manifest are read by the names of the newest") {
  const auto first = of(std::string{shop});
  const auto second = of(edited("odd: {", "unusual: {was: odd, "));
  // `was:` may go when the state knows the new name, and so may a behaviour.
  const auto third = of(edited("      fast: {anomaly: velocity, by: place, more_than: 5}\n", "",
                               edited("odd: {", "unusual: {")));
  const auto all = past_layouts({first, second, third});
  REQUIRE(all.size() == 2);
  const auto& of_place = *all[1];
  CHECK(of_place.own == 3);
  const auto* const oldest = of_place.find(1);
  REQUIRE(oldest != nullptr);
  CHECK(oldest->states == 3);
  CHECK((oldest->behaviours == std::vector<place>{0, 1}));
  CHECK_FALSE(oldest->is_same);
  CHECK(of_place.find(2) != nullptr);
  CHECK(of_place.find(3) == nullptr);
  CHECK(of_place.knows(3));
  CHECK_FALSE(of_place.knows(4));
  // Nothing has changed for the articles.
  CHECK(all[0]->find(1)->is_same);
}

TEST_CASE("a behaviour that was dropped does not come back with what it left") {
  const auto with = of(std::string{shop});
  const auto without = of(edited("      fast: {anomaly: velocity, by: place, more_than: 5}\n", ""));
  const auto all = past_layouts({with, without, with});
  CHECK((all[1]->find(1)->behaviours == std::vector<place>{0, 1, std::nullopt}));
  CHECK((all[1]->find(2)->behaviours == std::vector<place>{0, 1, std::nullopt}));
}

TEST_CASE("where a setting is another, timers of what was kept are looked at anew") {
  const auto all = past_layouts({of(std::string{shop}), of(edited("sigma: 4", "sigma: 5"))});
  CHECK_FALSE(all[1]->find(1)->is_same);
  CHECK((all[1]->find(1)->behaviours == std::vector<place>{0, 1, 2}));
}

TEST_CASE("sources, streams and channels are found by their names") {
  const auto before = of(std::string{shop});
  auto text = edited("  movements:",
                     "  arrivals: {files: data/movements.ndjson, contract: movement}\n"
                     "  movements:");
  text = edited("reads: [sales.lines, movements]", "reads: [arrivals, sales.lines]", text);
  const auto all = past_layouts({before, of(text)});
  const auto& then = *all[0]->find(1);
  // Then: movements, sales; now: arrivals, movements, sales.
  CHECK((then.sources ==
         std::vector<std::optional<base::source_id>>{base::source_id{1}, base::source_id{2}}));
  REQUIRE(then.streams.size() == 2);
  CHECK((then.streams[0].now == entity::stream_index{1}));
  CHECK_FALSE(then.streams[1].now.has_value());
  CHECK((then.channels == std::vector<place>{std::nullopt, 0}));
}

}  // namespace
}  // namespace aisle::topology
