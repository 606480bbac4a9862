;; Unpacks the core from the texts of scripts/pack.mjs: `unpack.ts` calls it. In JavaScript it would take a browser four times as long, because
;; this code runs once, before an engine has optimized it.
;;
;; Memory: from 0, a pointer to the next value of each text, 4 bytes each, in the order of `TEXTS` in pack.mjs; from 128, the locals of a
;; function, those that were used last first; from 256, the texts; then the module.
(module
  (memory (export "memory") 4)

  ;; Decodes the signs of a text in place: a sign is its offset from `#`, plus more if a prefix stands before it. Returns the end of the values.
  (func (export "values") (param $at i32) (param $end i32) (result i32)
    (local $to i32) (local $sign i32) (local $more i32)
    (local.set $to (local.get $at))
    (loop $next
      (if (i32.lt_u (local.get $at) (local.get $end))
        (then
          (local.set $sign (i32.load8_u (local.get $at)))
          (if (i32.lt_u (local.get $sign) (i32.const 34))
            (then
              (local.set $more (select (i32.const 182) (i32.const 91) (i32.lt_u (local.get $sign) (i32.const 33)))))
            (else
              (i32.store8 (local.get $to)
                (i32.add
                  (select (i32.const 57) (i32.sub (local.get $sign) (i32.const 35)) (i32.gt_u (local.get $sign) (i32.const 125)))
                  (local.get $more)))
              (local.set $to (i32.add (local.get $to) (i32.const 1)))
              (local.set $more (i32.const 0))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next))))
    (local.get $to))

  ;; Writes a number; returns the position after it.
  (func $put (param $number i32) (param $at i32) (result i32)
    (loop $next
      (i32.store8 (local.get $at) (local.get $number))
      (if (i32.gt_u (local.get $number) (i32.const 127))
        (then
          (i32.store8 (local.get $at) (i32.or (local.get $number) (i32.const 128)))
          (local.set $number (i32.shr_u (local.get $number) (i32.const 7)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next))))
    (i32.add (local.get $at) (i32.const 1)))

  ;; Copies bytes; returns the position after them.
  (func $copy (param $from i32) (param $at i32) (param $count i32) (result i32)
    (loop $next
      (if (local.get $count)
        (then
          (i32.store8 (local.get $at) (i32.load8_u (local.get $from)))
          (local.set $from (i32.add (local.get $from) (i32.const 1)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $count (i32.sub (local.get $count) (i32.const 1)))
          (br $next))))
    (local.get $at))

  ;; Copies variable-length numbers; returns their size.
  (func $copy_numbers (param $from i32) (param $at i32) (param $count i32) (result i32)
    (local $start i32) (local $byte i32)
    (local.set $start (local.get $from))
    (loop $next
      (if (local.get $count)
        (then
          (local.set $byte (i32.load8_u (local.get $from)))
          (i32.store8 (local.get $at) (local.get $byte))
          (local.set $from (i32.add (local.get $from) (i32.const 1)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $count (i32.sub (local.get $count) (i32.lt_u (local.get $byte) (i32.const 128))))
          (br $next))))
    (i32.sub (local.get $from) (local.get $start)))

  ;; Moves a local to the front of the list; returns it. The list has it at a position.
  (func $use (param $position i32) (result i32)
    (local $used i32)
    (local.set $used (i32.load8_u offset=128 (local.get $position)))
    (loop $next
      (if (local.get $position)
        (then
          (i32.store8 offset=128 (local.get $position) (i32.load8_u offset=127 (local.get $position)))
          (local.set $position (i32.sub (local.get $position) (i32.const 1)))
          (br $next))))
    (i32.store8 offset=128 (i32.const 0) (local.get $used))
    (local.get $used))

  ;; Writes the code section without its first byte: `size` is that of its content. Returns the position after it.
  (func (export "unpack") (param $table i32) (param $locals i32) (param $end i32) (param $size i32) (param $at i32) (result i32)
    (local $operation i32) (local $start i32) (local $count i32) (local $depth i32)
    (local $symbol i32) (local $op i32) (local $kind i32) (local $position i32) (local $value i32)
    (local.set $operation (i32.load (i32.const 0)))
    (local.set $at (call $put (local.get $size) (local.get $at)))
    ;; The number of functions.
    (local.set $count (call $copy_numbers (local.get $locals) (local.get $at) (i32.const 1)))
    (local.set $locals (i32.add (local.get $locals) (local.get $count)))
    (local.set $at (i32.add (local.get $at) (local.get $count)))
    (loop $function
      (if (i32.lt_u (local.get $operation) (local.get $end))
        (then
          (local.set $start (local.get $at))
          ;; The size of the function has one or two bytes. Its locals: a count, then groups of a number and a type.
          (local.set $at (i32.add (local.get $at) (i32.const 2)))
          (local.set $count
            (call $copy_numbers (local.get $locals) (local.get $at)
              (i32.add (i32.shl (i32.load8_u (local.get $locals)) (i32.const 1)) (i32.const 1))))
          (local.set $locals (i32.add (local.get $locals) (local.get $count)))
          (local.set $at (i32.add (local.get $at) (local.get $count)))
          (local.set $count (i32.const 128))
          (loop $reset
            (local.set $count (i32.sub (local.get $count) (i32.const 1)))
            (i32.store8 offset=128 (local.get $count) (local.get $count))
            (br_if $reset (local.get $count)))
          (local.set $depth (i32.const 1))
          (loop $instruction
            (local.set $symbol (i32.add (local.get $table) (i32.mul (i32.load8_u (local.get $operation)) (i32.const 3))))
            (local.set $operation (i32.add (local.get $operation) (i32.const 1)))
            (i32.store8 (local.get $at) (local.tee $op (i32.load8_u (local.get $symbol))))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (local.set $kind (i32.load8_u offset=1 (local.get $symbol)))
            (if (local.get $kind)
              (then
                (local.set $position (i32.load (i32.shl (local.get $kind) (i32.const 2))))
                ;; The value is that of the table minus 1, or the next of its kind.
                (if (local.tee $value (i32.load8_u offset=2 (local.get $symbol)))
                  (then (local.set $value (i32.sub (local.get $value) (i32.const 1))))
                  (else
                    (local.set $value (i32.load8_u (local.get $position)))
                    (local.set $position (i32.add (local.get $position) (i32.const 1)))))
                (if (i32.eq (local.get $kind) (i32.const 1)) (; local ;)
                  (then (local.set $value (call $use (local.get $value)))))
                (i32.store8 (local.get $at) (local.get $value))
                (local.set $at (i32.add (local.get $at) (i32.const 1)))
                (local.set $count (i32.const 0))
                (if (i32.eq (local.get $kind) (i32.const 15)) (; float ;)
                  (then
                    (local.set $count (select (i32.const 3) (i32.const 7) (i32.eq (local.get $op) (i32.const 67)) (; f32.const ;)))
                    (drop (call $copy (local.get $position) (local.get $at) (local.get $count)))))
                (local.set $depth (i32.add (local.get $depth) (i32.eq (local.get $kind) (i32.const 16)) (; block ;)))
                (if (i32.and (i32.ne (local.get $kind) (i32.const 1)) (; local ;) (i32.ne (local.get $kind) (i32.const 15)) (; float ;))
                  (then
                    ;; Branches have a list; memory and indirect calls have two immediates.
                    (local.set $count
                      (if (result i32) (i32.eq (local.get $kind) (i32.const 2)) (; branches ;)
                        (then (i32.add (local.get $value) (i32.const 1)))
                        (else
                          (i32.or
                            (i32.eq (local.get $kind) (i32.const 10)) (; memory ;)
                            (i32.eq (local.get $kind) (i32.const 13)) (; indirect call ;)))))
                    (local.set $count
                      (call $copy_numbers (local.get $position) (local.get $at)
                        (i32.add (local.get $count) (i32.gt_u (local.get $value) (i32.const 127)))))))
                (local.set $at (i32.add (local.get $at) (local.get $count)))
                (i32.store (i32.shl (local.get $kind) (i32.const 2)) (i32.add (local.get $position) (local.get $count))))
              (else
                (local.set $depth (i32.sub (local.get $depth) (i32.eq (local.get $op) (i32.const 11)) (; end ;)))))
            (br_if $instruction (local.get $depth)))
          (local.set $count (i32.sub (local.get $at) (i32.add (local.get $start) (i32.const 2))))
          (if (i32.lt_u (local.get $count) (i32.const 128))
            (then
              (local.set $at
                (call $copy (i32.add (local.get $start) (i32.const 2)) (i32.add (local.get $start) (i32.const 1)) (local.get $count)))))
          (drop (call $put (local.get $count) (local.get $start)))
          (br $function))))
    (local.get $at)))
