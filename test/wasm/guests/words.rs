//! A handler without a library, by hand against the canonical ABI: counts the bytes of the task's input, and answers with the
//! counts that are not zero, sorted.
#![no_std]
#![no_main]

use core::alloc::{GlobalAlloc, Layout};

extern crate alloc;
use alloc::{format, string::String, vec::Vec};

struct Bump;
static mut NEXT: usize = 0;

unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe {
            if NEXT == 0 {
                NEXT = core::arch::wasm32::memory_size(0) << 16;
            }
            let at = (NEXT + layout.align() - 1) & !(layout.align() - 1);
            NEXT = at + layout.size();
            let have = core::arch::wasm32::memory_size(0) << 16;
            if NEXT > have {
                core::arch::wasm32::memory_grow(0, ((NEXT - have) >> 16) + 1);
            }
            at as *mut u8
        }
    }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Bump = Bump;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cabi_realloc(_old: *mut u8, _old_size: usize, align: usize, size: usize) -> *mut u8 {
    unsafe { ALLOCATOR.alloc(Layout::from_size_align_unchecked(size, align)) }
}

#[repr(C)]
pub struct Situation {
    texts: [(*const u8, usize); 4],
}

#[repr(C)]
pub struct Answer {
    failed: u64,
    action: u32,
    pad: u32,
    achieved: u32,
    result: (*const u8, usize),
    other: [u8; 148],
    rationale: (*const u8, usize),
    confidence: f64,
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn handle(situation: *const Situation) -> *const Answer {
    let (at, bytes) = unsafe { (*situation).texts[2] };
    let input = unsafe { core::slice::from_raw_parts(at, bytes) };
    let mut counts = [0u32; 256];
    for byte in input {
        counts[*byte as usize] += 1;
    }
    let mut words: Vec<String> = (0..256).filter(|i| counts[*i] > 0).map(|i| format!("{:02x}={}", i, counts[i])).collect();
    words.sort_by(|a, b| b.cmp(a));
    let result = format!("\"{}\"", words.join(" "));
    let answer = alloc::boxed::Box::new(Answer {
        failed: 0,
        action: 5,
        pad: 0,
        achieved: 1,
        result: (result.as_ptr(), result.len()),
        other: [0; 148],
        rationale: unsafe { (*situation).texts[1] },
        confidence: 0.25,
    });
    core::mem::forget(result);
    alloc::boxed::Box::into_raw(answer)
}
