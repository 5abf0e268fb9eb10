import { Menu, useMantineColorScheme } from '@mantine/core';
import { IconClock, IconLanguage, IconMoon, IconSun, IconSunMoon } from '@tabler/icons-react';
import { useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { otherLanguage } from '@/shared/i18n';
import { BEIJING, clock, now } from '@/shared/lib/time';
import { m } from './words';

/** Beijing time, to the minute. */
export function BeijingClock() {
  const [at, setAt] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setAt(now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className="it hide-p">
      <IconClock className="i" aria-hidden />
      {m.clock(clock(at, BEIJING).slice(0, 5))}
    </span>
  );
}

/** The same page in the other language. */
export function LanguageLink() {
  const href = useRouterState({ select: (s) => s.location.href });
  const [here, setHere] = useState(() => window.location.pathname + window.location.search + window.location.hash);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address follows the router
  useEffect(() => setHere(window.location.pathname + window.location.search + window.location.hash), [href]);
  return (
    <a className="it" href={otherLanguage(here)} lang={m.otherLang} hrefLang={m.otherLang}>
      <IconLanguage className="i" aria-hidden />
      {m.other}
    </a>
  );
}

/** Light, dark, or as the system. */
export function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const options = [
    ['light', m.light, IconSun],
    ['dark', m.dark, IconMoon],
    ['auto', m.auto, IconSunMoon],
  ] as const;
  const Now = options.find(([value]) => value === colorScheme)?.[2] ?? IconSunMoon;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <button type="button" className="btn q s" aria-label={m.theme}>
          <Now className="i l" aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown aria-label={m.theme}>
        {options.map(([value, label, Icon]) => (
          <Menu.Item key={value} leftSection={<Icon className="i" aria-hidden />} onClick={() => setColorScheme(value)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
