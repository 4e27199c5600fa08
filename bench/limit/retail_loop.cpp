// SPDX-License-Identifier: Apache-2.0
// What Aisle is measured against: the job of topologies/retail as one would write it for one thread
// and this job alone. Decoder, sketch and models are Aisle's own, called directly; there is no
// routing, no batch, no channel, no actor host, no epoch and no window engine.
//
// It knows what the runtime cannot: which fields are keys, so that texts become small numbers once;
// that nobody reads clicks, so that they are decoded and dropped; that a basket is held once for
// all its readers; that windows hold one count and one sum of money.
#include "bench/limit/retail_loop.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <new>
#include <string_view>
#include <tuple>
#include <vector>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/json_object.hpp"
#include "runtime/entity/output.hpp"
#include "runtime/flow/dedup.hpp"
#include "runtime/io/record_reader.hpp"
#include "runtime/record/decoder.hpp"
#include "runtime/record/key.hpp"
#include "runtime/table/table.hpp"
#include "runtime/window/ddsketch.hpp"

namespace aisle::limit {
namespace {

using base::duration;
using base::event_time;
using namespace std::chrono_literals;

constexpr duration lateness = 2min;
/// Records are put in order by so much of event time at once.
constexpr duration bucket = 30s;
constexpr std::size_t records_per_turn = 512;

// ---- files --------------------------------------------------------------------------------------

/// Finished records on their way into a file.
class output_file {
 public:
  explicit output_file(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    file_.reset(std::fopen((folder / "part.ndjson").c_str(), "wb"));
    base::check(file_ != nullptr, "a file for results can be made");
  }
  output_file(const output_file&) = delete;
  output_file& operator=(const output_file&) = delete;
  ~output_file() { write(); }

  /// The text to append a record to, and `end` after it.
  std::string& text() { return text_; }
  void end() {
    text_ += '\n';
    if (text_.size() >= 1 << 18) {
      write();
    }
  }

 private:
  struct closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void write() {
    std::fwrite(text_.data(), 1, text_.size(), file_.get());
    text_.clear();
  }

  std::unique_ptr<std::FILE, closer> file_;
  std::string text_;
};

// ---- maps and timers ----------------------------------------------------------------------------

/// From a 64-bit key (or the hash of a longer one) to a node that others own. Open addressing, at
/// most half full.
template <class Node>
class flat_map {
 public:
  template <class Same>
  Node* find(std::uint64_t key, Same&& same) const {
    for (auto at = place(key); places_[at].node != nullptr; at = (at + 1) & mask()) {
      if (places_[at].key == key && same(*places_[at].node)) {
        return places_[at].node;
      }
    }
    return nullptr;
  }
  /// Asks the memory for the place where `key` is looked for first.
  void fetch(std::uint64_t key) const { __builtin_prefetch(&places_[place(key)]); }
  void insert(std::uint64_t key, Node* node) {
    if (++size_ * 2 > places_.size()) {
      std::vector<entry> before(places_.size() * 2);
      before.swap(places_);
      for (const auto& one : before) {
        if (one.node != nullptr) {
          put(one);
        }
      }
    }
    put({key, node});
  }

 private:
  struct entry {
    std::uint64_t key = 0;
    Node* node = nullptr;
  };
  [[nodiscard]] std::size_t mask() const { return places_.size() - 1; }
  [[nodiscard]] std::size_t place(std::uint64_t key) const {
    return (key * 0x9E37'79B9'7F4A'7C15ULL >> 20) & mask();
  }
  void put(entry one) {
    auto at = place(one.key);
    while (places_[at].node != nullptr) {
      at = (at + 1) & mask();
    }
    places_[at] = one;
  }

  std::vector<entry> places_ = std::vector<entry>(1024);
  std::size_t size_ = 0;
};

/// Who wants to be woken when.
template <class Node>
class calendar {
 public:
  /// Notes that `node` wants to be woken at `due`, unless it will be woken before.
  void arm(Node& node, event_time due) {
    if (due < node.armed) {
      node.armed = due;
      waiting_[due].push_back(&node);
    }
  }
  /// Calls `wake(node, at)` for everybody due at or before `until`.
  template <class Wake>
  void fire(event_time until, Wake&& wake) {
    while (!waiting_.empty() && waiting_.begin()->first <= until) {
      const auto [at, nodes] = std::move(*waiting_.begin());
      waiting_.erase(waiting_.begin());
      for (auto* node : nodes) {
        if (node->armed == at) {
          node->armed = base::end_of_time;
          wake(*node, at);
        }
      }
    }
  }

 private:
  std::map<event_time, std::vector<Node*>> waiting_;
};

// ---- models -------------------------------------------------------------------------------------

/// The models of one stage, in the order of calls, and where each one's state lies in a block.
struct model_set {
  explicit model_set(const topology::planned_stage& of) : stage{of} {
    for (std::size_t i = 0; i < of.behaviours.size(); ++i) {
      if (of.behaviours[i].role == topology::role::window) {
        continue;
      }
      const auto shape = of.behaviours[i].behaviour->state_shape();
      base::check(shape.align <= alignof(std::max_align_t), "plain states");
      bytes = (bytes + shape.align - 1) / shape.align * shape.align;
      models.push_back({&of.behaviours[i], of.behaviours[i].behaviour.get(), bytes});
      place_of.resize(i + 1);
      place_of[i] = bytes;
      bytes += shape.size;
    }
    for (std::size_t s = 0; s < of.streams.size(); ++s) {
      auto& readers = by_stream.emplace_back();
      std::ranges::copy_if(models, std::back_inserter(readers), [&](const model& m) {
        return m.logic->reads(static_cast<entity::stream_index>(s));
      });
    }
    for (const auto& field : of.key) {
      key.push_back({.name = field.name, .type = field.type});
    }
  }

  struct model {
    const topology::planned_behaviour* plan;
    const entity::behaviour* logic;
    std::size_t at;
  };
  const topology::planned_stage& stage;
  std::vector<record::key_field> key;
  std::vector<model> models;
  /// By stream: those that read it.
  std::vector<std::vector<model>> by_stream;
  /// By index of the stage's behaviours.
  std::vector<std::size_t> place_of;
  std::size_t bytes = 0;
};

/// What is kept of one key; its models' states stand right behind it (see `pen`).
struct alignas(16) subject {
  subject(const model_set& by, std::byte* at, std::string named, expr::row_ref known)
      : set{&by}, states{at}, rows{expr::row_ref{}, known}, key{std::move(named)} {
    for (const auto& m : set->models) {
      m.logic->create(states + m.at);
    }
  }
  subject(const subject&) = delete;
  subject& operator=(const subject&) = delete;
  ~subject() {
    for (const auto& m : set->models) {
      m.logic->destroy(states + m.at);
    }
  }

  [[nodiscard]] event_time due() const {
    auto earliest = base::end_of_time;
    for (const auto& m : set->models) {
      earliest = std::min(earliest, m.logic->due(states + m.at));
    }
    return earliest;
  }

  const model_set* set;
  std::byte* states;
  event_time armed = base::end_of_time;
  std::array<expr::row_ref, 2> rows;
  std::string key;
};

/// Holds all subjects of a kind, each in one piece with its states.
template <class Subject>
class pen {
 public:
  explicit pen(const model_set& by) : set_{by} {}
  pen(const pen&) = delete;
  pen& operator=(const pen&) = delete;
  ~pen() {
    for (auto* one : all_) {
      one->~Subject();
    }
  }

  Subject& add(std::string key, expr::row_ref known) {
    if (room_ < piece_) {
      room_ = 64 * piece_;
      blocks_.push_back(std::make_unique<std::byte[]>(room_));
      next_ = blocks_.back().get();
    }
    auto* one = ::new (next_) Subject{set_, next_ + sizeof(Subject), std::move(key), known};
    next_ += piece_;
    room_ -= piece_;
    all_.push_back(one);
    return *one;
  }
  [[nodiscard]] std::size_t size() const { return all_.size(); }

 private:
  static_assert(sizeof(Subject) % alignof(std::max_align_t) == 0);

  const model_set& set_;
  std::size_t piece_ = (sizeof(Subject) + set_.bytes + 63) / 64 * 64;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::byte* next_ = nullptr;
  std::size_t room_ = 0;
  std::vector<Subject*> all_;
};

/// One call of one model.
class call final : public entity::context {
 public:
  call(std::string_view topology, subject& who, entity::cause because, output_file& decisions)
      : topology_{topology}, who_{who}, cause_{because}, decisions_{decisions} {}

  void event(const record::contract& by, record::row_kind rows) {
    contract_ = &by;
    rows_ = rows;
    cause_.of_line = rows == record::row_kind::line;
  }
  void model(const model_set::model& m) { model_ = &m; }

  [[nodiscard]] event_time now() const override { return cause_.now; }
  [[nodiscard]] std::span<const expr::row_ref> rows() const override { return who_.rows; }
  [[nodiscard]] std::optional<event_time> ended_at() const override { return std::nullopt; }
  [[nodiscard]] std::string_view key() const override { return who_.key; }
  [[nodiscard]] const void* input_state(std::size_t i) const override {
    return who_.states + who_.set->place_of[model_->plan->inputs[i]];
  }

  void emit(const entity::decision& proposed) override {
    std::string name = "null";
    if (contract_ != nullptr) {
      name.clear();
      record::append_event_name(name, *contract_, rows_, who_.rows[0]);
    }
    cause_.event_json = name;
    decisions_.text() += entity::to_json({topology_, who_.set->stage.name, who_.set->key}, who_.key,
                                         model_->plan->kind, model_->plan->name, cause_, proposed);
    decisions_.end();
  }
  void emit(const entity::window_result&) override { base::die("models make no windows"); }
  void emit(const entity::report&) override { base::die("retail makes no reports"); }

 private:
  std::string_view topology_;
  subject& who_;
  entity::cause cause_;
  output_file& decisions_;
  const model_set::model* model_ = nullptr;
  const record::contract* contract_ = nullptr;
  record::row_kind rows_ = record::row_kind::record;
};

// ---- windows ------------------------------------------------------------------------------------

struct sales {
  event_time start;
  std::uint32_t revision = 0;
  bool told = false;
  std::int64_t baskets = 0;
  std::int64_t gross = 0;  ///< cents
  window::ddsketch totals;
};

/// One of the three windows of a store.
struct sales_windows {
  std::string_view name;
  duration size;
  bool has_p95 = false;
  std::vector<sales> open;

  [[nodiscard]] event_time closes(const sales& w) const { return w.start + size + lateness; }
  [[nodiscard]] event_time due(const sales& w) const { return w.told ? closes(w) : w.start + size; }
  [[nodiscard]] event_time due() const {
    auto earliest = base::end_of_time;
    for (const auto& w : open) {
      earliest = std::min(earliest, due(w));
    }
    return earliest;
  }
};

/// A line of the list of a basket, a stock move or a quote is about one of these.
struct product : subject {
  using subject::subject;
  std::uint32_t number = 0;
};

struct store : subject {
  using subject::subject;
  std::uint32_t number = 0;
  std::array<sales_windows, 3> windows{
      {{"sales_5m", 5min, true, {}}, {"sales_1h", 1h, false, {}}, {"sales_1d", 24h, false, {}}}};

  [[nodiscard]] event_time due() const {
    auto earliest = subject::due();
    for (const auto& kind : windows) {
      earliest = std::min(earliest, kind.due());
    }
    return earliest;
  }
};

// ---- sources ------------------------------------------------------------------------------------

/// A decoded record that waits until nothing older can come.
struct held {
  event_time seen;
  event_time at;
  std::uint64_t offset = 0;
  base::source_id source;
  record::decoded* row = nullptr;

  friend bool operator<(const held& a, const held& b) {
    return std::tie(a.seen, a.source, a.offset) < std::tie(b.seen, b.source, b.offset);
  }
};

struct input {
  explicit input(const topology::planned_source& from)
      : plan{from},
        decoder{record::make_json_decoder(*from.contract)},
        time_at{*from.contract->event_time()} {}

  [[nodiscard]] event_time watermark() const {
    if (ended) {
      return base::end_of_time;
    }
    return highest == base::beginning_of_time ? highest : highest - plan.disorder;
  }

  const topology::planned_source& plan;
  std::unique_ptr<record::decoder> decoder;
  std::unique_ptr<io::file_reader> records;
  std::uint8_t time_at;
  flow::dedup known;
  event_time highest = base::beginning_of_time;
  bool ended = false;
  std::string key;
};

/// The place of a text field, and the text in it.
struct text_field {
  text_field(const record::layout& of, std::string_view name) : place{*of.find(name)} {}
  [[nodiscard]] std::string_view of(expr::row_ref row) const {
    return expr::text_at(row.heap, row.words[1 + place]);
  }
  std::uint8_t place;
};

// ---- the loop -----------------------------------------------------------------------------------

const topology::planned_source& source_of(const topology::plan& plan, std::string_view name) {
  return *std::ranges::find(plan.sources, name, &topology::planned_source::name);
}

const topology::planned_stage& stage_of(const topology::plan& plan, std::string_view name) {
  return *std::ranges::find(plan.stages, name, &topology::planned_stage::name);
}

class retail_loop {
 public:
  retail_loop(const topology::plan& plan, const std::filesystem::path& out, depth how_far)
      : plan_{plan},
        how_far_{how_far},
        windows_{out / "windows"},
        decisions_{out / "decisions"},
        late_{out / "late"} {
    for (const auto& source : plan.sources) {
      inputs_.emplace_back(source);
    }
  }

  std::expected<loop_counts, std::string> run();

 private:
  std::expected<void, std::string> open();
  std::expected<void, std::string> read_some(input& from);
  void take(input& from, const io::raw_record& raw);
  void hold(input& from, event_time at, event_time seen, std::uint64_t offset);
  void release(event_time until);
  void work_off(const held& one);
  void end();

  void basket(const held& one);
  void find_lines(const held& one, const store& at);
  void line(const held& one, std::uint32_t item);
  void move(const held& one);
  void quote(const held& one);
  void count_sale(store& at, const held& one, std::int64_t cents, std::size_t& late);
  void tell(const store& of, const sales_windows& kind, const sales& w, bool last);
  void tell_late(const sales_windows& kind, const held& one);
  void wake_windows(store& of, event_time now);

  template <class Subject>
  void show(Subject& who, std::size_t stream, const held& one, std::uint32_t item,
            expr::row_ref row, calendar<Subject>& timers);
  void wake_models(subject& who, event_time now);
  void wake_stores(event_time until);
  void wake_shelves(event_time until);
  void wake_products(event_time until);

  store& store_of(std::string_view id);
  product& product_of(std::string_view id);
  subject& shelf_of(const store& at, const product& of);
  static std::uint64_t place_of(const store& at, const product& of) {
    return std::uint64_t{at.number} << 32 | of.number;
  }
  [[nodiscard]] event_time highest_of(std::initializer_list<std::string_view> sources) const;

  const topology::plan& plan_;
  depth how_far_;
  output_file windows_;
  output_file decisions_;
  output_file late_;

  std::deque<input> inputs_;
  std::map<std::string_view, table::reference> tables_;
  model_set of_store_{stage_of(plan_, "store")};
  model_set of_shelf_{stage_of(plan_, "stock")};
  model_set of_product_{stage_of(plan_, "sku")};

  base::source_id transactions_id_{source_of(plan_, "transactions").id};
  base::source_id moves_id_{source_of(plan_, "stock_moves").id};
  base::source_id clicks_id_{source_of(plan_, "clicks").id};
  const record::contract& transactions_{*source_of(plan_, "transactions").contract};
  const record::contract& moves_{*source_of(plan_, "stock_moves").contract};
  const record::contract& quotes_{*source_of(plan_, "competitors").contract};
  text_field store_id_{transactions_.fields(), "store_id"};
  std::uint8_t total_at_{*transactions_.fields().find("total_amount")};
  text_field line_sku_{transactions_.line_fields(), "sku"};
  text_field move_store_{moves_.fields(), "store_id"};
  text_field move_sku_{moves_.fields(), "sku"};
  text_field quote_sku_{quotes_.fields(), "sku"};

  pen<store> stores_{of_store_};
  pen<product> products_{of_product_};
  pen<subject> shelves_{of_shelf_};
  flat_map<store> store_by_id_;
  flat_map<product> product_by_id_;
  flat_map<subject> shelf_by_place_;
  calendar<store> store_timers_;
  calendar<subject> shelf_timers_;
  calendar<product> product_timers_;

  /// What waits for the watermark, by `seen`.
  std::map<event_time, std::vector<held>> waiting_;
  std::deque<record::decoded> rows_;
  std::vector<record::decoded*> free_rows_;
  record::decoded scratch_;
  /// What the lines of the basket at hand are about.
  std::vector<std::pair<product*, subject*>> lines_;
  loop_counts counts_;
};

std::expected<void, std::string> retail_loop::open() {
  for (const auto& table : plan_.tables) {
    auto loaded = table::load(table.file, table.contract, {.csv = table.csv});
    if (!loaded) {
      return std::unexpected{base::to_text(loaded.error().front())};
    }
    tables_.emplace(table.name, std::move(*loaded));
  }
  for (auto& input : inputs_) {
    auto records = io::open_files(input.plan.files, {});
    if (!records) {
      return std::unexpected{records.error().message};
    }
    input.records = std::move(*records);
  }
  return {};
}

std::expected<loop_counts, std::string> retail_loop::run() {
  if (auto opened = open(); !opened) {
    return std::unexpected{std::move(opened.error())};
  }
  while (true) {
    auto& slowest = *std::ranges::min_element(inputs_, {}, &input::watermark);
    if (slowest.ended) {
      break;
    }
    if (auto read = read_some(slowest); !read) {
      return std::unexpected{std::move(read.error())};
    }
    release(std::ranges::min_element(inputs_, {}, &input::watermark)->watermark());
  }
  end();
  counts_.stores = stores_.size();
  counts_.shelves = shelves_.size();
  counts_.products = products_.size();
  return counts_;
}

std::expected<void, std::string> retail_loop::read_some(input& from) {
  io::raw_record raw;
  for (std::size_t i = 0; i < records_per_turn; ++i) {
    const auto more = from.records->next(raw);
    if (!more) {
      return std::unexpected{more.error().message};
    }
    if (*more != io::reading::record) {
      from.ended = true;
      return {};
    }
    ++counts_.records;
    take(from, raw);
  }
  return {};
}

void retail_loop::take(input& from, const io::raw_record& raw) {
  if (!from.decoder->decode(raw.bytes, scratch_)) {
    return;
  }
  const auto row = scratch_.row();
  const event_time at{duration{static_cast<std::int64_t>(row.words[1 + from.time_at])}};
  const auto seen = std::max(at, from.watermark());
  from.key.clear();
  record::encode_key(from.key, row, from.plan.contract->unique_key(), from.plan.contract->fields());
  if (!from.known.insert(base::hash_128(from.key), seen)) {
    return;
  }
  from.highest = std::max(from.highest, at);
  if (from.plan.id != clicks_id_ && how_far_ > depth::decode) {
    hold(from, at, seen, static_cast<std::uint64_t>(raw.ordinal.get()));
  }
}

void retail_loop::hold(input& from, event_time at, event_time seen, std::uint64_t offset) {
  if (free_rows_.empty()) {
    free_rows_.push_back(&rows_.emplace_back());
  }
  auto* row = free_rows_.back();
  free_rows_.pop_back();
  std::swap(*row, scratch_);
  waiting_[base::floor_to(seen, bucket)].push_back({seen, at, offset, from.plan.id, row});
}

void retail_loop::release(event_time until) {
  while (!waiting_.empty() && waiting_.begin()->first + bucket <= until) {
    auto ready = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    std::sort(ready.begin(), ready.end());
    for (const auto& one : ready) {
      work_off(one);
      free_rows_.push_back(one.row);
    }
  }
}

void retail_loop::work_off(const held& one) {
  if (one.source == transactions_id_) {
    basket(one);
  } else if (how_far_ == depth::everything) {
    one.source == moves_id_ ? move(one) : quote(one);
  }
}

void retail_loop::end() {
  release(base::end_of_time + bucket);
  wake_stores(highest_of({"transactions"}));
  wake_shelves(highest_of({"transactions", "stock_moves"}));
  wake_products(highest_of({"transactions", "stock_moves", "clicks", "competitors"}));
  wake_stores(base::end_of_time - 1ms);
}

event_time retail_loop::highest_of(std::initializer_list<std::string_view> sources) const {
  auto highest = base::beginning_of_time;
  for (const auto& input : inputs_) {
    if (std::ranges::find(sources, input.plan.name) != sources.end()) {
      highest = std::max(highest, input.highest);
    }
  }
  return highest;
}

void retail_loop::basket(const held& one) {
  wake_stores(one.seen);
  const auto row = one.row->row();
  auto& at = store_of(store_id_.of(row));
  std::size_t late = 0;
  count_sale(at, one, static_cast<std::int64_t>(row.words[1 + total_at_]), late);
  if (how_far_ < depth::everything) {
    store_timers_.arm(at, at.due());
    return;
  }
  if (late < at.windows.size()) {
    show(at, 0, one, 0, row, store_timers_);
  }
  find_lines(one, at);
  for (std::uint32_t item = 0; item < one.row->lines(); ++item) {
    line(one, item);
  }
}

/// Asks the memory for all that the lines of a basket are about, before the first one is looked at.
void retail_loop::find_lines(const held& one, const store& at) {
  lines_.clear();
  for (std::uint32_t item = 0; item < one.row->lines(); ++item) {
    auto& of = product_of(line_sku_.of(one.row->line(item)));
    shelf_by_place_.fetch(place_of(at, of));
    lines_.push_back({&of, nullptr});
  }
  for (auto& [of, shelf] : lines_) {
    shelf = &shelf_of(at, *of);
    const auto* bytes = reinterpret_cast<const char*>(shelf);
    for (std::size_t i = 0; i < sizeof(subject) + of_shelf_.bytes; i += 64) {
      __builtin_prefetch(bytes + i);
    }
  }
}

void retail_loop::line(const held& one, std::uint32_t item) {
  const auto row = one.row->line(item);
  auto& [of, shelf] = lines_[item];
  wake_shelves(one.seen);
  show(*shelf, 0, one, item, row, shelf_timers_);
  wake_products(one.seen);
  show(*of, 0, one, item, row, product_timers_);
}

void retail_loop::move(const held& one) {
  wake_shelves(one.seen);
  const auto row = one.row->row();
  show(shelf_of(store_of(move_store_.of(row)), product_of(move_sku_.of(row))), 1, one, 0, row,
       shelf_timers_);
}

void retail_loop::quote(const held& one) {
  wake_products(one.seen);
  const auto row = one.row->row();
  show(product_of(quote_sku_.of(row)), 3, one, 0, row, product_timers_);
}

// ---- windows ------------------------------------------------------------------------------------

void retail_loop::count_sale(store& at, const held& one, std::int64_t cents, std::size_t& late) {
  for (auto& kind : at.windows) {
    const auto start = base::floor_to(one.at, kind.size);
    if (start + kind.size + lateness <= one.seen) {
      ++late;
      tell_late(kind, one);
      continue;
    }
    auto w = std::ranges::lower_bound(kind.open, start, {}, &sales::start);
    const bool fresh = w == kind.open.end() || w->start != start;
    if (fresh) {
      w = kind.open.emplace(w);
      w->start = start;
      w->told = one.seen >= start + kind.size;
    }
    ++w->baskets;
    w->gross += cents;
    if (kind.has_p95) {
      w->totals.reserve(static_cast<double>(cents) / 100);
      w->totals.add(static_cast<double>(cents) / 100);
    }
    if (w->told) {
      w->revision += fresh ? 0 : 1;
      tell(at, kind, *w, false);
    }
  }
}

void retail_loop::tell(const store& of, const sales_windows& kind, const sales& w, bool last) {
  base::json_object record{windows_.text()};
  record.text("stage", "store");
  base::json_object key{record.name("key")};
  key.text("store_id", of.key);
  key.end();
  record.text("window", kind.name);
  record.time("start", w.start);
  record.time("end", w.start + kind.size);
  record.integer("revision", w.revision);
  record.boolean("final", last);
  base::json_object values{record.name("values")};
  values.integer("baskets", w.baskets);
  values.value("gross", base::value::of(base::decimal{w.gross, 2}));
  if (kind.has_p95) {
    values.value("p95", base::value::of(w.totals.quantile(0.95).value_or(0)));
  }
  values.end();
  record.end();
  windows_.end();
}

void retail_loop::tell_late(const sales_windows& kind, const held& one) {
  const record::event_head head{
      .at = one.at,
      .seen = one.seen,
      .position = {base::partition_id{0}, base::offset{static_cast<std::int64_t>(one.offset)}, 0},
      .key_hash = 0};
  late_.text() += entity::late_json({plan_.name, "store", of_store_.key}, "transactions", kind.name,
                                    transactions_.fields(), {&head, one.row->row()});
  late_.end();
}

void retail_loop::wake_windows(store& of, event_time now) {
  for (auto& kind : of.windows) {
    for (auto& w : kind.open) {
      if (kind.due(w) <= now) {
        tell(of, kind, w, kind.closes(w) <= now);
        w.told = true;
      }
    }
    std::erase_if(kind.open, [&](const sales& w) { return kind.closes(w) <= now; });
  }
}

// ---- models -------------------------------------------------------------------------------------

template <class Subject>
void retail_loop::show(Subject& who, std::size_t stream, const held& one, std::uint32_t item,
                       expr::row_ref row, calendar<Subject>& timers) {
  const record::event_head head{
      .at = one.at,
      .seen = one.seen,
      .position = {base::partition_id{0}, base::offset{static_cast<std::int64_t>(one.offset)},
                   item},
      .key_hash = 0};
  const auto& source = plan_.sources[one.source.get()];
  const auto by = static_cast<entity::stream_index>(stream);
  who.rows[0] = row;
  const entity::event e{.head = &head, .stream = by, .rows = who.rows};
  call self{plan_.name,
            who,
            {.now = one.seen, .source = source.name, .position = head.position},
            decisions_};
  self.event(*source.contract, who.set->stage.streams[stream].lines ? record::row_kind::line
                                                                    : record::row_kind::record);
  for (const auto& m : who.set->by_stream[stream]) {
    self.model(m);
    m.logic->on_event(who.states + m.at, e, self);
  }
  timers.arm(who, who.due());
}

void retail_loop::wake_models(subject& who, event_time now) {
  who.rows[0] = {};
  call self{plan_.name, who, {.now = now, .source = {}, .position = {}}, decisions_};
  for (const auto& m : who.set->models) {
    if (m.logic->due(who.states + m.at) <= now) {
      self.model(m);
      m.logic->on_timer(who.states + m.at, self);
    }
  }
}

void retail_loop::wake_stores(event_time until) {
  store_timers_.fire(until, [this](store& one, event_time now) {
    wake_windows(one, now);
    wake_models(one, now);
    store_timers_.arm(one, one.due());
  });
}

void retail_loop::wake_shelves(event_time until) {
  shelf_timers_.fire(until, [this](subject& one, event_time now) {
    wake_models(one, now);
    shelf_timers_.arm(one, one.due());
  });
}

void retail_loop::wake_products(event_time until) {
  product_timers_.fire(until, [this](product& one, event_time now) {
    wake_models(one, now);
    product_timers_.arm(one, one.due());
  });
}

// ---- subjects -----------------------------------------------------------------------------------

store& retail_loop::store_of(std::string_view id) {
  const auto hash = base::hash64(id);
  auto* found = store_by_id_.find(hash, [&](const store& s) { return s.key == id; });
  if (found == nullptr) {
    found = &stores_.add(std::string{id}, tables_.at("stores").find(id));
    found->number = static_cast<std::uint32_t>(stores_.size());
    store_by_id_.insert(hash, found);
  }
  return *found;
}

product& retail_loop::product_of(std::string_view id) {
  const auto hash = base::hash64(id);
  auto* found = product_by_id_.find(hash, [&](const product& p) { return p.key == id; });
  if (found == nullptr) {
    found = &products_.add(std::string{id}, tables_.at("products").find(id));
    found->number = static_cast<std::uint32_t>(products_.size());
    product_by_id_.insert(hash, found);
  }
  return *found;
}

subject& retail_loop::shelf_of(const store& at, const product& of) {
  const auto place = place_of(at, of);
  auto* found = shelf_by_place_.find(place, [](const subject&) { return true; });
  if (found == nullptr) {
    std::string key;
    const std::array parts{base::value::of(std::string_view{at.key}),
                           base::value::of(std::string_view{of.key})};
    record::encode_key(key, parts);
    found = &shelves_.add(std::move(key), of.rows[1]);
    shelf_by_place_.insert(place, found);
  }
  return *found;
}

}  // namespace

std::expected<loop_counts, std::string> run_retail(const topology::plan& plan,
                                                   const std::filesystem::path& out,
                                                   depth how_far) {
  return retail_loop{plan, out, how_far}.run();
}

}  // namespace aisle::limit
